"""Carriers' webhooks: verified, stored as they came, then acted upon once."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from modules.shipping.carriers import find_carrier
from modules.shipping.carriers.protocol import Carrier, ForgedSignature, TrackingReport, UnreadableReport
from modules.shipping.events import CarrierReported, ShipmentDelivered, ShipmentDispatched, TrackingChanged
from modules.shipping.models import CarrierReport, Shipment, ShipmentEvent
from modules.shipping.queries import parcel_of
from modules.shipping.tracking import Sighting, is_newer, status_after
from storefront import clock
from storefront.database.unit import unit_of_work
from storefront.events import publish
from storefront.interface import NotFound, Refusal
from storefront.personal import for_good

log = logging.getLogger(__name__)

CLOCKS_DIFFER = timedelta(days=1)
"""A report that is older than its parcel by more is about another, which had the number before."""


class ForgedReport(Refusal):
    """The webhook does not carry the carrier's valid, recent signature."""

    code = "shipping.forged_report"
    status = 400


def receive(carrier: str, *, headers: Mapping[str, str], body: bytes) -> bool:
    """Store a carrier's webhook, to be acted upon after the answer; False if it was here before.

    :raises NotFound: there is no such carrier
    :raises ForgedReport: the signature does not fit; nothing is stored
    """
    adapter = find_carrier(carrier)
    if adapter is None:
        raise NotFound(kind="carrier", id=carrier)
    try:
        event_id = adapter.verify(body, headers)
    except ForgedSignature as error:
        raise ForgedReport from error
    return _store(adapter, event_id=event_id, body=body)


def _store(adapter: Carrier, *, event_id: str, body: bytes) -> bool:
    report = _read(adapter, body)
    with unit_of_work("shipping"):
        stored, is_new = CarrierReport.objects.get_or_create(
            carrier=adapter.code, event_id=event_id,
            defaults={
                "body": body, "received_at": clock.now(), "outcome": "waiting" if report else "unreadable",
                "handled_at": None if report else clock.now(),
            },
        )
        if is_new and report:
            publish(CarrierReported(tracking_number=report.tracking_number, report_id=stored.pk))
    if not is_new and bytes(stored.body) != body:
        log.error(
            "A carrier sent two different webhooks under one id; the first stands.",
            extra={"carrier": adapter.code, "event": event_id},
        )
    return is_new


def _read(adapter: Carrier, body: bytes) -> TrackingReport | None:
    try:
        return adapter.parse(body)
    except UnreadableReport as error:
        log.warning("A carrier's signed webhook makes no sense to its adapter; see its report.", exc_info=error)
        return None


def replay(report_id: int) -> None:
    """Act upon a stored webhook again, e.g. one that matched no shipment; harmless if it was applied."""
    stored = CarrierReport.objects.get(pk=report_id)
    adapter = find_carrier(stored.carrier)
    report = _read(adapter, bytes(stored.body)) if adapter else None
    if report:
        with unit_of_work("shipping"):
            publish(CarrierReported(tracking_number=report.tracking_number, report_id=report_id))


def apply(report_id: int, *, now: datetime) -> None:
    """Add a stored webhook to its shipment's history, and move the shipment if it is news.

    Runs in a unit of work. The shipment is locked, so of two reports at once the second sees the first.
    """
    stored = CarrierReport.objects.get(pk=report_id)
    adapter = find_carrier(stored.carrier)
    if adapter is None:
        raise LookupError(f"The carrier {stored.carrier!r} of report {report_id} is not installed.")
    report = adapter.parse(bytes(stored.body))
    shipment = (
        Shipment.objects.select_for_update()
        .filter(carrier=stored.carrier, tracking_number=report.tracking_number).first()
    )
    if shipment is None:
        log.warning("A carrier reports a parcel that is not ours.", extra={"tracking_number": report.tracking_number})
        stored.outcome = "unmatched"
    else:
        at = min(report.occurred_at, stored.received_at)  # no carrier sees the future
        if at < shipment.created_at - CLOCKS_DIFFER:
            log.error("A carrier reports on a parcel from before it was ours.", extra={"shipment": shipment.id})
            stored.outcome = "unmatched"
        else:
            stored.outcome = _apply(shipment, report, report_id=report_id, at=at, now=now)
    stored.handled_at = now
    stored.save(update_fields=["outcome", "handled_at"])


def _apply(shipment: Shipment, report: TrackingReport, *, report_id: int, at: datetime, now: datetime) -> str:
    """Returns the outcome: applied if it moved the shipment, else recorded."""
    _, is_first = ShipmentEvent.objects.get_or_create(
        shipment=shipment, kind="tracking", report_id=report_id,
        defaults={
            "tracking_status": report.status, "note": for_good(report.note, address=shipment.address),
            "occurred_at": at, "recorded_at": now,
        },
    )
    if not is_first:
        return CarrierReport.objects.values_list("outcome", flat=True).get(pk=report_id)
    if shipment.status == "canceled":
        log.warning("A canceled parcel is under way.", extra={"shipment": shipment.id, "tracking": report.status})
        return "recorded"
    known = Sighting(shipment.tracking_status, shipment.tracked_at)  # type: ignore[arg-type]  # ours alone to write
    if not is_newer(Sighting(report.status, at), known):
        return "recorded"
    _move(shipment, report, at=at, now=now)
    return "applied"


def _move(shipment: Shipment, report: TrackingReport, *, at: datetime, now: datetime) -> None:
    has_changed = shipment.tracking_status != report.status
    before, after = shipment.status, status_after(shipment.status, report.status)  # type: ignore[arg-type]
    shipment.tracking_status, shipment.tracked_at, shipment.status = report.status, at, after
    shipment.version += 1
    if before != after:
        shipment.dispatched_at = shipment.dispatched_at or at
        shipment.delivered_at = at if after == "delivered" else None
    shipment.save()
    if has_changed:
        publish(TrackingChanged(order_id=shipment.order_id, shipment_id=shipment.id, tracking_status=report.status))
    if before == "ready" and after == "delivered":
        log.warning("A carrier delivered what nobody handed over, as far as we heard.", extra={"shipment": shipment.id})
    if before == "ready" and after != before:
        _note(shipment, "dispatched", at=at, now=now)
        items = parcel_of(shipment).items
        publish(ShipmentDispatched(order_id=shipment.order_id, shipment_id=shipment.id, items=items))
    if after == "delivered" != before:
        _note(shipment, "delivered", at=at, now=now)
        publish(ShipmentDelivered(order_id=shipment.order_id, shipment_id=shipment.id, delivered_at=at))


def _note(shipment: Shipment, kind: str, *, at: datetime, now: datetime) -> None:
    ShipmentEvent(shipment=shipment, kind=kind, occurred_at=at, recorded_at=now).save()
