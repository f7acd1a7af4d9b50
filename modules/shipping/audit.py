"""Shipping's books: every shipment says what its history says."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

from django.db.models import prefetch_related_objects

from modules.shipping import mending
from modules.shipping.models import CarrierReport, Shipment
from modules.shipping.tracking import Sighting, is_newer
from storefront import clock
from storefront.audit import Finding
from storefront.audit.pages import pages_of

PATIENCE = timedelta(minutes=30)
_EPOCH = datetime.min.replace(tzinfo=UTC)


def audit() -> Iterator[Finding]:
    """One sentence per defect. Two statements per 500 shipments."""
    for page in pages_of(Shipment.objects.exclude(order_id="")):
        prefetch_related_objects(page, "history")
        for shipment in page:
            yield from _of_states(shipment)
            yield from _of_tracking(shipment)
    waiting = CarrierReport.objects.filter(handled_at=None, received_at__lt=clock.now() - PATIENCE)
    for reports in pages_of(waiting):
        for report in reports:
            yield Finding(
                f"Report {report.event_id} of {report.carrier} waits since {report.received_at:%Y-%m-%d %H:%M}.",
                code="shipping.report_waits", about=report.pk, repair=partial(mending.hear_again, report.pk),
                remedy="Read it: its carrier's adapter makes nothing of it.",
            )


def _of_states(shipment: Shipment) -> Iterator[Finding]:
    kinds = [line.kind for line in shipment.history.all()]
    for kind in ("dispatched", "delivered", "canceled"):
        instant = getattr(shipment, f"{kind}_at")
        if kinds.count(kind) != (instant is not None):
            yield Finding(
                f"Shipment {shipment.id} was {kind} {kinds.count(kind)} times by its history, and at {instant}.",
                code="shipping.differs_from_history", about=f"{shipment.id} {kind}",
                repair=partial(mending.retell_instants, shipment.id),
            )
    if shipment.status in ("dispatched", "delivered") and shipment.dispatched_at is None:
        yield Finding(
            f"Shipment {shipment.id} is {shipment.status} but never left.",
            code="shipping.never_left", about=shipment.id, repair=partial(mending.retell_status, shipment.id),
        )


def _of_tracking(shipment: Shipment) -> Iterator[Finding]:
    """Tracking is the greatest of all reports, so it can be told again from the history."""
    if shipment.status == "canceled":
        return
    greatest = Sighting("unknown", None)
    for line in shipment.history.all():
        sighting = Sighting(line.tracking_status or "unknown", line.occurred_at)  # type: ignore[arg-type]
        if line.tracking_status and is_newer(sighting, greatest):
            greatest = sighting
    if (shipment.tracking_status, shipment.tracked_at or _EPOCH) != (greatest.status, greatest.at or _EPOCH):
        yield Finding(
            f"Shipment {shipment.id} is {shipment.tracking_status}, but its history says {greatest.status}.",
            code="shipping.tracking_differs", about=shipment.id,
            repair=partial(mending.retell_tracking, shipment.id, greatest),
        )
