"""Where parcels go: the address of each, until it has arrived; and what carriers report of it."""

from datetime import datetime, timedelta

import msgspec

from modules.shipping.models import CarrierReport, Method, Shipment, ShipmentEvent, Zone
from storefront.personal import ERASED, Erasure, harmless, holds, place_only

NOWHERE = f'"line1":"{ERASED}"'
"""Stands in an address of nobody."""
LONGEST_WAY = timedelta(days=30)


def place_of(address: str) -> str:
    """What is left of a parcel's address: its country."""
    return msgspec.json.encode(place_only(msgspec.json.decode(address))).decode() if address else ""


def forget_recipient(shipment: Shipment, now: datetime) -> Erasure:
    """Nobody needs the address of a parcel that has arrived, or left a month ago; one under way needs it still."""
    has_left = shipment.dispatched_at and shipment.dispatched_at < now - LONGEST_WAY
    if shipment.status not in ("delivered", "canceled") and not has_left:
        return Erasure({}, kept=f"Parcel {shipment.id} is under way; erase again when it has arrived.")
    return Erasure({"address": place_of(shipment.address)})


holds(
    Shipment, {"address": place_of}, known_by=("id", "order_id"), leads_to=("id", "tracking_number"),
    with_rows=("history",), erase=forget_recipient,
)
holds(CarrierReport, {}, bodies=("body",))
harmless(ShipmentEvent, note="a carrier's word about a parcel, without people")
harmless(Zone, name="of some countries", postal_codes="of a zone")
harmless(Method, name="of a service")
