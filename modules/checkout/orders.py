"""Orders as rows: placed at the pivot, changed by what the other modules report."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from django.db import IntegrityError
from django.db.models import Q

from modules.cart.interface import Completed
from modules.checkout.events import OrderFlagged, OrderPlaced
from modules.checkout.interface import Flag, OrderPayment, OrderView, PricedLine
from modules.checkout.interface import TimelineEntry as Entry
from modules.checkout.models import Checkout, Order, OrderFlag, OrderLine, TimelineEntry
from modules.shipping.interface import ShipmentView
from storefront import clock
from storefront.database.unit import unit_of_work, vendor
from storefront.database.writing import Sql, carry_out, fetched, inserted, together, updated
from storefront.events import publish
from storefront.money import Money

if TYPE_CHECKING:
    from modules.checkout.placing import Placing

ALIAS = "checkout"
NEXT_VERSION = Sql("version + 1")


def place(state: "Placing", *, now: datetime) -> int:
    """Write the order, its lines and its flags, and announce it. Returns its serial number.

    :raises Completed: the cart has become another order
    """
    assert state.totals
    order = Order(
        id=state.order_id, checkout_id=state.checkout_id, cart_id=state.wishes.cart_id, email=state.wishes.email,
        currency=state.total.currency, subtotal_minor=state.totals.subtotal.amount,
        shipping_minor=state.totals.shipping.amount, discount_minor=state.totals.discount.amount,
        tax_minor=state.totals.tax.amount, total_minor=state.total.amount,
        shipping_address=msgspec.to_builtins(state.wishes.shipping_address),
        billing_address=msgspec.to_builtins(state.wishes.billing_address),
        shipping_option=state.wishes.shipping_option, payment_status=_payment_status(state),
        fulfilment_status=_fulfilment_status(state),
        payment_provider=state.wishes.payment.provider if state.wishes.payment else "",
        payment_id="" if state.total.is_zero else state.payment_id, shipment_id=state.shipment_id,
        saga_id=state.saga_id, placed_at=now,
    )
    try:
        order.serial = _write(order, [_row(number, line) for number, line in enumerate(state.lines)])
    except IntegrityError as error:  # one order per cart: another checkout was quicker while this one waited
        raise Completed(cart_id=state.wishes.cart_id) from error
    for line in state.lines:
        if line.backordered:
            flag(order.id, "backordered", sku=line.sku, detail=f"{line.backordered} to arrive", now=now)
    publish(
        OrderPlaced(
            order_id=order.id, number=order.number, checkout_id=order.checkout_id, cart_id=order.cart_id,
            email=order.email, total=state.total, skus=tuple(line.sku for line in state.lines),
        )
    )
    return order.serial


def _write(order: Order, lines: list[OrderLine]) -> int:
    """The order, its lines, and the checkout that became it; one statement on PostgreSQL. Returns the serial number."""
    placed = inserted([order], returning="serial")
    closed = updated(Checkout, {"order_id": order.id, "updated_at": order.placed_at}, where={"id": order.checkout_id})
    if vendor(ALIAS) == "postgresql":
        rows = inserted(lines, order_id=Sql("(SELECT serial FROM placed)"))
        asked = together({"placed": placed, "closed": closed, "lines": rows}, ("SELECT serial FROM placed", []))
        return int(fetched(ALIAS, asked)[0][0])
    serial = int(fetched(ALIAS, placed)[0][0])
    carry_out(ALIAS, inserted(lines, order_id=Sql(serial)))
    carry_out(ALIAS, closed)
    return serial


def _payment_status(state: "Placing") -> str:
    return "paid" if state.total.is_zero else "authorized"


def _fulfilment_status(state: "Placing") -> str:
    return "backordered" if any(line.backordered for line in state.lines) else "unfulfilled"


def _row(number: int, line: PricedLine) -> OrderLine:
    return OrderLine(
        position=number, sku=line.sku, product_id=line.product_id, variant_id=line.variant_id,
        title=line.title, options=msgspec.to_builtins(line.options), quantity=line.quantity,
        backordered=line.backordered, unit_price_minor=line.unit_price.amount, total_minor=line.total.amount,
        tax_minor=line.tax.amount, tax_included=line.tax_included, tax_class=line.tax_class, weight_g=line.weight_g,
        requires_shipping=line.requires_shipping,
    )


def fresh_view(state: "Placing") -> OrderView:
    """The order as it was placed a moment ago, from its draft: nothing is read."""
    assert state.totals
    assert state.placed_at
    zero = Money.zero(state.total.currency)
    payment = OrderPayment(
        id=state.payment_id, provider=state.wishes.payment.provider if state.wishes.payment else "",
        amount=state.total, captured=zero, refunded=zero,
    )
    flags = tuple(
        Flag(code="backordered", detail=f"{line.backordered} to arrive", raised_at=state.placed_at, sku=line.sku)
        for line in state.lines if line.backordered
    )
    return OrderView(
        id=state.order_id, number=Order(serial=state.serial).number, checkout_id=state.checkout_id, version=1,
        status="placed", payment_status=_payment_status(state), fulfilment_status=_fulfilment_status(state),  # type: ignore[arg-type]
        is_held=False, email=state.wishes.email, lines=state.lines, totals=state.totals,
        shipping_address=state.wishes.shipping_address, billing_address=state.wishes.billing_address,
        placed_at=state.placed_at, flags=flags, payments=() if state.total.is_zero else (payment,),
        timeline=(Entry(at=state.placed_at, kind="placed"),),
    )


def flag(order_id: str, code: str, *, now: datetime, sku: str = "", detail: str = "") -> None:
    """Ask an operator to look, once per cause and again if it was resolved before; in the transaction at hand."""
    row = OrderFlag(order_id=order_id, code=code, sku=sku, detail=detail[:300], raised_at=now)
    OrderFlag.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=("order_id", "code", "sku"),
        update_fields=("detail", "raised_at", "resolved_at", "resolved_by"),
    )
    publish(OrderFlagged(order_id=order_id, code=code, sku=sku))


def raise_flag(order_id: str, code: str, *, detail: str) -> None:
    """The same, in a transaction of its own; repeating it, or telling an open one more, changes nothing."""
    known = Q(resolved_at=None) | Q(detail=detail[:300])
    with unit_of_work("checkout") as unit:
        unit.now = clock.now()
        if not OrderFlag.objects.filter(known, order_id=order_id, code=code).exists():
            flag(order_id, code, detail=detail, now=unit.now)


def note(order_id: str, kind: str, *, now: datetime, detail: str = "") -> None:
    """Add to the order's timeline; in the transaction at hand."""
    carry_out(ALIAS, inserted([TimelineEntry(order_id=order_id, at=now, kind=kind, detail=detail[:300])]))


def changed(order_id: str, **columns: Any) -> bool:
    """Change an order's row and raise its version. Returns whether there is such an order."""
    return bool(carry_out(ALIAS, updated(Order, {"version": NEXT_VERSION, **columns}, where={"id": order_id})))


def note_shipment(shipment: ShipmentView) -> None:
    """The parcel has a label."""
    changed(
        shipment.order_id, shipment_id=shipment.id, carrier=shipment.carrier, service=shipment.service,
        tracking_number=shipment.tracking_number, tracking_status=shipment.tracking_status,
    )


def note_fulfilled(order_id: str) -> None:
    """Nothing has to be sent."""
    changed(order_id, fulfilment_status="fulfilled")
