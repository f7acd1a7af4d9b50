"""What operators are shown on the dashboard."""

from datetime import timedelta

from django.db.models import Min

from modules.shipping.models import CarrierReport
from storefront import clock
from storefront.followup import Seen, follow_up

SHOWN_FOR = timedelta(days=14)
"""Reports that nobody could act upon leave the dashboard by age: a carrier mistakes another shop's parcel for ours."""


@follow_up(
    "shipping", title="Unmatched carrier reports", page="shipping/carrierreport/?outcome=unmatched",
    remedy="Look for their tracking numbers. Act upon them again once the parcel is here; else tell the carrier.",
)
def unmatched() -> Seen:
    """They speak of parcels that are not ours."""
    return _seen("unmatched")


@follow_up(
    "shipping", title="Unreadable carrier reports", page="shipping/carrierreport/?outcome=unreadable",
    remedy="Have the carrier's adapter mended, then act upon them again from the list.",
)
def unreadable() -> Seen:
    """They are signed, and the carrier's adapter makes nothing of them."""
    return _seen("unreadable")


def _seen(outcome: str) -> Seen:
    rows = CarrierReport.objects.filter(outcome=outcome, received_at__gte=clock.now() - SHOWN_FOR)
    return Seen(rows.count(), rows.aggregate(since=Min("received_at"))["since"])
