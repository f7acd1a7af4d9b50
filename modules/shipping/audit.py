"""Shipping's books: every shipment says what its history says."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from modules.shipping.models import CarrierReport, Shipment
from modules.shipping.tracking import Sighting, is_newer
from storefront import clock

PATIENCE = timedelta(minutes=30)
_EPOCH = datetime.min.replace(tzinfo=UTC)


def audit() -> Iterator[str]:
    """One sentence per defect. Two statements per 500 shipments, read as a stream."""
    shipments = Shipment.objects.exclude(order_id="").prefetch_related("history").order_by("id")
    for shipment in shipments.iterator(chunk_size=500):
        yield from _of_states(shipment)
        yield from _of_tracking(shipment)
    for report in CarrierReport.objects.filter(handled_at=None, received_at__lt=clock.now() - PATIENCE):
        yield f"Report {report.event_id} of {report.carrier} waits since {report.received_at:%Y-%m-%d %H:%M}."


def _of_states(shipment: Shipment) -> Iterator[str]:
    kinds = [line.kind for line in shipment.history.all()]
    for kind in ("dispatched", "delivered", "canceled"):
        instant = getattr(shipment, f"{kind}_at")
        if kinds.count(kind) != (instant is not None):
            yield f"Shipment {shipment.id} was {kind} {kinds.count(kind)} times by its history, and at {instant}."
    if shipment.status in ("dispatched", "delivered") and shipment.dispatched_at is None:
        yield f"Shipment {shipment.id} is {shipment.status} but never left."


def _of_tracking(shipment: Shipment) -> Iterator[str]:
    """Tracking is the greatest of all reports, so it can be told again from the history."""
    if shipment.status == "canceled":
        return
    greatest = Sighting("unknown", None)
    for line in shipment.history.all():
        sighting = Sighting(line.tracking_status or "unknown", line.occurred_at)  # type: ignore[arg-type]
        if line.tracking_status and is_newer(sighting, greatest):
            greatest = sighting
    if (shipment.tracking_status, shipment.tracked_at or _EPOCH) != (greatest.status, greatest.at or _EPOCH):
        yield f"Shipment {shipment.id} is {shipment.tracking_status}, but its history says {greatest.status}."
