"""Shipping: the bodies of its commands.

A carrier that is not remote is asked inside the one transaction; a remote one between two.
"""

from collections.abc import Callable, Generator
from datetime import datetime
from typing import Any

import msgspec

from modules.shipping import store, tariff
from modules.shipping.carriers import find_carrier
from modules.shipping.carriers.booking import booked_number, call_off
from modules.shipping.carriers.protocol import Carrier, Parcel
from modules.shipping.domain import LaneRule, lanes_to
from modules.shipping.events import ShipmentArranged, ShipmentCanceled, ShipmentDispatched
from modules.shipping.interface import NoRoute, PostalAddress, ShipmentClosed, ShipmentView, ShippedItem, Stale
from modules.shipping.models import Shipment
from modules.shipping.store import Note, change, view
from storefront.events import publish
from storefront.interface import NotFound

_ARRANGE = """
INSERT INTO shipping_shipment (id, order_id, method, carrier, service, status, tracking_status, tracked_at,
    tracking_number, address, items, weight_g, version, created_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 1, %s) ON CONFLICT (id) DO NOTHING
"""
_BOOK = """
UPDATE shipping_shipment SET status = 'ready', tracking_number = %s, tracking_status = 'pre_transit', tracked_at = %s,
    version = version + 1
WHERE id = %s AND status = 'pending'
"""
_DISPATCH = """
UPDATE shipping_shipment SET status = 'dispatched', dispatched_at = %s, version = version + 1
WHERE id = %s AND status = 'ready'
"""
_CANCEL = """
INSERT INTO shipping_shipment (id, order_id, method, carrier, service, status, tracking_status, tracking_number,
    address, items, weight_g, version, created_at, canceled_at)
VALUES (%s, '', '', '', '', 'canceled', 'unknown', '', '', '[]', 0, 1, %s, %s)
ON CONFLICT (id) DO UPDATE SET status = 'canceled', canceled_at = excluded.canceled_at,
    version = shipping_shipment.version + 1
WHERE shipping_shipment.status IN ('pending', 'ready')
"""


def arrange(
    *, shipment_id: str, order_id: str, method: str, address: PostalAddress, items: tuple[ShippedItem, ...],
    weight_g: int, now: datetime,
) -> Generator[Callable[[], str], str, ShipmentView | ShipmentClosed]:
    """Insert the shipment, booked at once where the carrier is not remote: one statement on PostgreSQL."""
    lane = _lane_to(address, method)
    carrier = _carrier_of(lane, address)
    parcel = Parcel(
        shipment_id=shipment_id, order_id=order_id, service=lane.service, address=address, items=items,
        weight_g=max(0, weight_g),
    )
    number = "" if carrier.is_remote else booked_number(carrier, parcel)
    inserted = _insert(parcel, lane, number, now=now)
    arranged = inserted or _existing(parcel)
    if isinstance(arranged, ShipmentView) and arranged.status == "pending":
        number = yield lambda: booked_number(carrier, parcel, is_again=inserted is None)
        return _booked(parcel, number, now=now) or _existing(parcel)
    return arranged


def _lane_to(address: PostalAddress, method: str) -> LaneRule:
    """The lane that was chosen; also one that was withdrawn from sale since."""
    lanes = lanes_to(
        tariff.current(), country=address.country, region=address.region, postal_code=address.postal_code
    )
    lane = next((lane for lane in lanes if lane.method == method), None)
    if lane is None:
        raise NoRoute(method=method, country=address.country)
    return lane


def _carrier_of(lane: LaneRule, address: PostalAddress) -> Carrier:
    carrier = find_carrier(lane.carrier)
    if carrier is None:
        raise NoRoute(method=lane.method, country=address.country)
    return carrier


def _insert(parcel: Parcel, lane: LaneRule, number: str, *, now: datetime) -> ShipmentView | None:
    status, tracking = ("ready", "pre_transit") if number else ("pending", "unknown")
    values: list[Any] = [
        parcel.shipment_id, parcel.order_id, lane.method, lane.carrier, lane.service, status, tracking,
        now if number else None, number, _json(parcel.address), _json(parcel.items), parcel.weight_g, now,
    ]
    note = Note("arranged", now, tracking_status=tracking if number else "")
    return _announced(change(_ARRANGE, values, note=note))


def _booked(parcel: Parcel, number: str, *, now: datetime) -> ShipmentView | None:
    values = [number, now, parcel.shipment_id]
    return _announced(change(_BOOK, values, note=Note("booked", now, tracking_status="pre_transit")))


def _announced(row: dict[str, Any] | None) -> ShipmentView | None:
    if row is None:
        return None
    shown = view(row)
    if shown.status == "ready":
        publish(
            ShipmentArranged(order_id=shown.order_id, shipment_id=shown.id, tracking_number=shown.tracking_number)
        )
    return shown


def _existing(parcel: Parcel) -> ShipmentView | ShipmentClosed:
    """The shipment that has this id already: ours from an earlier attempt, or one that was canceled."""
    row = Shipment.objects.filter(id=parcel.shipment_id).values(*store.COLUMNS).get()
    if row["status"] == "canceled" or row["order_id"] != parcel.order_id:
        return ShipmentClosed(shipment_id=parcel.shipment_id, state=row["status"])
    return view(row)


def dispatch(*, shipment_id: str, expected_version: int | None = None, now: datetime) -> ShipmentView:
    """Mark a ready shipment as gone: one statement on PostgreSQL, unless it is refused."""
    sql, values = _guarded(_DISPATCH, [now, shipment_id], "version", expected_version)
    row = change(sql, values, note=Note("dispatched", now))
    if row is None:
        raise _why_not(shipment_id, expected_version)
    shown = view(row)
    publish(ShipmentDispatched(order_id=shown.order_id, shipment_id=shown.id, items=shown.items))
    return shown


def cancel(
    *, shipment_id: str, expected_version: int | None = None, now: datetime
) -> Generator[Callable[[], None], None, None]:
    """Cancel what has not left, or leave a tombstone for what has not come. Canceled already: nothing more to do."""
    sql, values = _guarded(_CANCEL, [shipment_id, now, now], "shipping_shipment.version", expected_version)
    row = change(sql, values, note=Note("canceled", now))
    is_again = row is None
    if row is None:
        refusal = _why_not(shipment_id, expected_version)
        if not isinstance(refusal, ShipmentClosed) or refusal.state != "canceled":
            raise refusal
        row = Shipment.objects.filter(id=shipment_id).values(*store.COLUMNS).get()
    elif row["order_id"]:
        publish(ShipmentCanceled(order_id=row["order_id"], shipment_id=shipment_id))
    carrier, number = find_carrier(row["carrier"]), row["tracking_number"]
    if carrier and carrier.is_remote and number:
        yield lambda: call_off(carrier, number, is_again=is_again)


def _guarded(sql: str, values: list[Any], column: str, expected: int | None) -> tuple[str, list[Any]]:
    return (sql, values) if expected is None else (f"{sql} AND {column} = %s", [*values, expected])


def _why_not(shipment_id: str, expected_version: int | None) -> NotFound | ShipmentClosed | Stale:
    found = Shipment.objects.filter(id=shipment_id).values("status", "version").first()
    if found is None:
        return NotFound(kind="shipment", id=shipment_id)
    if expected_version is not None and found["version"] != expected_version:
        return Stale(version=found["version"], expected=expected_version)
    return ShipmentClosed(shipment_id=shipment_id, state=found["status"])


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
