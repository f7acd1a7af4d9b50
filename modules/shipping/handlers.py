"""Shipping's reactions: it hears its own inbox, so that a carrier is answered before its report is acted upon."""

from modules.shipping import reports
from modules.shipping.events import CarrierReported
from storefront import clock
from storefront.events import on


@on(CarrierReported)
def act_on_report(event: CarrierReported) -> None:
    """Move the shipment, if the report is news."""
    reports.apply(event.report_id, now=clock.now())
