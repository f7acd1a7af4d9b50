"""The bodies of checkout's queries. Orders are read from this module's own rows alone."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from django.db.models import QuerySet

from modules.catalog.interface import Option
from modules.checkout import records
from modules.checkout.interface import (
    CheckoutView,
    Flag,
    OrderPayment,
    OrderShipment,
    OrderSummary,
    OrderView,
    PricedLine,
    Totals,
)
from modules.checkout.interface import TimelineEntry as Entry
from modules.checkout.models import Order, OrderFlag, OrderLine, TimelineEntry
from modules.checkout.quoting import assess, viewed
from modules.shipping.interface import PostalAddress
from storefront.interface import NotFound
from storefront.money import Money


def checkout(*, checkout_id: str) -> CheckoutView:
    """A checkout with today's prices and ways to deliver."""
    row = records.checkout(checkout_id)
    wishes = records.wishes(row)
    return viewed(row.id, row.version, row.order_id, wishes=wishes, assessment=assess(wishes))


def order(*, order_id: str) -> OrderView:
    """One order with all that belongs to it."""
    row = Order.objects.filter(id=order_id).first()
    if row is None:
        raise NotFound(kind="order", id=order_id)
    return view_of(row)


def orders(
    *, before: int | None, limit: int, status: str, payment_status: str, fulfilment_status: str, flag: str,
    placed_after: datetime | None, after: int | None,
) -> tuple[OrderSummary, ...]:
    """Orders, newest first; beyond `after`, oldest first."""
    beyond = {"serial__lt": before, "serial__gt": after}
    rows = _filtered(
        status=status, payment_status=payment_status, fulfilment_status=fulfilment_status, flag=flag,
        placed_after=placed_after,
    ).filter(**{name: serial for name, serial in beyond.items() if serial is not None})
    ordered = rows.order_by("-serial" if after is None else "serial")
    page = list(ordered[: max(0, min(limit, 500))])
    flags = _flags_of([row.id for row in page])
    return tuple(_summary(row, flags.get(row.id, ())) for row in page)


def number_of_orders(**filters: Any) -> int:
    """How many there are, by the filters of `orders`."""
    return _filtered(**filters).count()


def _filtered(
    *, status: str, payment_status: str, fulfilment_status: str, flag: str, placed_after: datetime | None
) -> QuerySet[Order]:
    wanted: dict[str, Any] = {
        "status": status, "payment_status": payment_status, "fulfilment_status": fulfilment_status,
        "placed_at__gt": placed_after,
    }
    rows = Order.objects.filter(**{name: value for name, value in wanted.items() if value not in (None, "")})
    if flag:
        flagged = OrderFlag.objects.filter(code=flag, resolved_at=None).values("order_id")
        rows = rows.filter(id__in=flagged)
    return rows


def lines_of(row: Order) -> Iterable[OrderLine]:
    """The lines of an order, in order."""
    return OrderLine.objects.filter(order_id=row.serial).order_by("position")


def view_of(row: Order) -> OrderView:
    """An order as its owner and its operators see it: four statements."""
    flags = OrderFlag.objects.filter(order_id=row.id, resolved_at=None).order_by("id")
    entries = TimelineEntry.objects.filter(order_id=row.id).order_by("id")
    return OrderView(
        id=row.id, number=row.number, checkout_id=row.checkout_id, version=row.version, status=row.status,  # type: ignore[arg-type]
        payment_status=row.payment_status, fulfilment_status=row.fulfilment_status,  # type: ignore[arg-type]
        is_held=row.held_at is not None, email=row.email, lines=tuple(_line(line, row) for line in lines_of(row)),
        totals=Totals(
            subtotal=money(row, row.subtotal_minor), shipping=money(row, row.shipping_minor),
            discount=money(row, row.discount_minor), tax=money(row, row.tax_minor), total=money(row, row.total_minor),
        ),
        shipping_address=_address(row.shipping_address), billing_address=_address(row.billing_address),
        placed_at=row.placed_at, payments=_payments(row), shipments=_shipments(row),
        flags=tuple(Flag(code=f.code, detail=f.detail, raised_at=f.raised_at, sku=f.sku) for f in flags),
        timeline=(
            Entry(at=row.placed_at, kind="placed"),
            *(Entry(at=entry.at, kind=entry.kind, detail=entry.detail) for entry in entries),
        ),
    )


def _line(line: OrderLine, row: Order) -> PricedLine:
    return PricedLine(
        sku=line.sku, product_id=line.product_id, variant_id=line.variant_id, title=line.title,
        options=msgspec.convert(line.options, type=tuple[Option, ...]), quantity=line.quantity,
        unit_price=money(row, line.unit_price_minor), total=money(row, line.total_minor),
        tax=money(row, line.tax_minor),
        tax_included=line.tax_included, tax_class=line.tax_class, weight_g=line.weight_g,
        requires_shipping=line.requires_shipping, backordered=line.backordered,
    )


def money(row: Order, amount: int) -> Money:
    """An amount of an order, in its one currency."""
    return Money(amount, row.currency)


def _payments(row: Order) -> tuple[OrderPayment, ...]:
    if not row.payment_id:
        return ()
    return (
        OrderPayment(
            id=row.payment_id, provider=row.payment_provider, amount=Money(row.total_minor, row.currency),
            captured=Money(row.captured_minor, row.currency), refunded=Money(row.refunded_minor, row.currency),
        ),
    )


def _shipments(row: Order) -> tuple[OrderShipment, ...]:
    if not row.tracking_number:
        return ()
    return (
        OrderShipment(
            id=row.shipment_id, carrier=row.carrier, service=row.service, tracking_number=row.tracking_number,
            tracking_status=row.tracking_status, dispatched_at=row.dispatched_at, delivered_at=row.delivered_at,
        ),
    )


def _address(stored: Any) -> PostalAddress | None:
    return PostalAddress(**stored) if stored else None


def _flags_of(order_ids: list[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    rows = OrderFlag.objects.filter(order_id__in=order_ids, resolved_at=None).order_by("id")
    for order_id, code in rows.values_list("order_id", "code"):
        found[order_id] = (*found.get(order_id, ()), code)
    return found


def _summary(row: Order, flags: tuple[str, ...]) -> OrderSummary:
    return OrderSummary(
        id=row.id, number=row.number, status=row.status, payment_status=row.payment_status,  # type: ignore[arg-type]
        fulfilment_status=row.fulfilment_status, email=row.email,  # type: ignore[arg-type]
        total=Money(row.total_minor, row.currency), flags=flags, placed_at=row.placed_at, serial=row.serial,
    )
