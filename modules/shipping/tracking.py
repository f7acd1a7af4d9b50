"""What a carrier's report moves. Pure.

A shipment's tracking is the greatest of all its reports by (phase, time, rank). A greatest does not depend on the
order in which one looks, so reports may come late, twice or in any order.
"""

from datetime import datetime
from typing import Final, NamedTuple

from modules.shipping.interface import ShipmentStatus, TrackingStatus

PHASE: Final[dict[TrackingStatus, int]] = {
    "unknown": 0,
    "pre_transit": 1,
    "in_transit": 2, "failure": 2, "out_for_delivery": 2, "available_for_pickup": 2,
    "return_to_sender": 3,
    "delivered": 4,
}
"""A later phase always wins; within one, the later report does."""

RANK: Final = {status: rank for rank, status in enumerate(PHASE)}
"""Between reports of one phase and one instant."""

UNDER_WAY: Final = 2


class Sighting(NamedTuple):
    """A tracking status, and when the carrier says that it became so."""

    status: TrackingStatus
    at: datetime | None


def is_newer(report: Sighting, known: Sighting) -> bool:
    """Whether `report` moves a shipment on from what is `known`."""
    return _weight(report) > _weight(known)


def _weight(sighting: Sighting) -> tuple[int, float, int]:
    at = sighting.at.timestamp() if sighting.at else float("-inf")
    return PHASE[sighting.status], at, RANK[sighting.status]


def status_after(status: ShipmentStatus, tracking: TrackingStatus) -> ShipmentStatus:
    """Our status once the carrier says `tracking`: it has the parcel, so it was dispatched; it is there, so delivered.

    A canceled shipment stays canceled, and a delivered one delivered.
    """
    if status in ("canceled", "delivered"):
        return status
    if tracking == "delivered":
        return "delivered"
    return "dispatched" if PHASE[tracking] >= UNDER_WAY else status
