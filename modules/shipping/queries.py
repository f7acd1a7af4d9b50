"""Shipping: the bodies of its queries."""

from datetime import datetime, timedelta

import msgspec

from modules.shipping import store, tariff
from modules.shipping.carriers import find_carrier
from modules.shipping.carriers.protocol import Parcel
from modules.shipping.domain import LaneRule, Price, after_working_days, lanes_to, price_of
from modules.shipping.interface import Destination, PostalAddress, ShipmentView, ShippedItem, ShippingOption
from modules.shipping.models import Shipment
from storefront.interface import NotFound, Unavailable
from storefront.money import Money

QUOTE_HOLDS = timedelta(minutes=15)


def quote(
    *, destination: Destination, weight_g: int, subtotal: Money, now: datetime
) -> tuple[ShippingOption, ...]:
    """Price every lane on sale into the destination's zone."""
    lanes = lanes_to(
        tariff.current(), country=destination.country, region=destination.region, postal_code=destination.postal_code
    )
    priced = [
        (price, lane)
        for lane in lanes
        if lane.is_active
        and (price := price_of(lane, weight_g=weight_g, subtotal_minor=subtotal.amount, currency=subtotal.currency))
    ]
    priced.sort(key=lambda found: (found[0].amount, found[1].method))
    return tuple(_option(lane, price, subtotal.currency, now) for price, lane in priced)


def _option(lane: LaneRule, price: Price, currency: str, now: datetime) -> ShippingOption:
    today = now.date()
    return ShippingOption(
        id=lane.method, carrier=lane.carrier, service=lane.service, price=Money(price.amount, currency),
        price_includes_tax=price.includes_tax,
        estimated_delivery=(after_working_days(today, lane.days_min), after_working_days(today, lane.days_max)),
        expires_at=now + QUOTE_HOLDS,
    )


def shipment(*, shipment_id: str) -> ShipmentView:
    """One statement. A cancellation that came before its shipment is no shipment."""
    row = Shipment.objects.filter(id=shipment_id).exclude(order_id="").values(*store.COLUMNS).first()
    if row is None:
        raise NotFound(kind="shipment", id=shipment_id)
    return store.view(row)


def shipments_of(*, order_id: str) -> tuple[ShipmentView, ...]:
    """One statement."""
    if not order_id:
        return ()
    rows = Shipment.objects.filter(order_id=order_id).order_by("created_at", "id").values(*store.COLUMNS)[:500]
    return tuple(store.view(row) for row in rows)


def known(*, shipment_ids: tuple[str, ...]) -> tuple[str, ...]:
    """One statement."""
    rows = Shipment.objects.filter(id__in=shipment_ids).exclude(order_id="")
    return tuple(rows.order_by("id").values_list("id", flat=True))


def books(*, after: str, limit: int) -> tuple[ShipmentView, ...]:
    """One statement. A cancellation that came before its shipment is no shipment."""
    rows = Shipment.objects.filter(id__gt=after).exclude(order_id="").order_by("id").values(*store.COLUMNS)
    return tuple(store.view(row) for row in rows[: max(0, min(limit, 500))])


def label(*, shipment_id: str) -> bytes:
    """Drawn anew each time, from what was stored when the shipment was arranged; there is none before it is booked.

    :raises Unavailable: its carrier is not installed here
    """
    row = Shipment.objects.filter(id=shipment_id).exclude(tracking_number="").first()
    if row is None:
        raise NotFound(kind="label", id=shipment_id)
    carrier = find_carrier(row.carrier)
    if carrier is None:
        raise Unavailable(f"The carrier {row.carrier!r} of {row.id} is not installed.")
    return carrier.label(parcel_of(row), row.tracking_number)


def parcel_of(row: Shipment) -> Parcel:
    """What a carrier must know of a stored shipment."""
    return Parcel(
        shipment_id=row.id, order_id=row.order_id, service=row.service, weight_g=row.weight_g,
        address=msgspec.json.decode(row.address, type=PostalAddress),
        items=msgspec.json.decode(row.items, type=tuple[ShippedItem, ...]),
    )
