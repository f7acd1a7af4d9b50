"""Scheduled work of shipping: what nobody needs any more goes, in small batches."""

from datetime import datetime, timedelta

from django.db.models import Q

from modules.shipping.models import CarrierReport, Shipment
from modules.shipping.personal import NOWHERE, place_of
from storefront.keeping import forget
from storefront.schedule import every

REPORTS_KEPT = timedelta(days=90)
"""A carrier sends a report again for days; operators look at one for weeks."""
ADDRESSES_KEPT = timedelta(days=366)
"""A parcel may come back, or be asked for, within a year."""
BATCH = 100


@every(timedelta(minutes=10), in_transaction=False)
def forget_reports(now: datetime) -> int:
    """Delete carriers' reports that were handled long ago."""
    is_old = Q(received_at__lt=now - REPORTS_KEPT, handled_at__isnull=False)
    return forget(CarrierReport, where=is_old, oldest_first="received_at")


@every(timedelta(hours=1))
def forget_recipients(now: datetime) -> int:
    """Erase to whom parcels went that were made long ago."""
    over = Shipment.objects.filter(status__in=("dispatched", "delivered", "canceled"))
    named = over.filter(created_at__lt=now - ADDRESSES_KEPT).exclude(address="").exclude(address__contains=NOWHERE)
    rows = list(named.order_by("created_at")[:BATCH])
    for row in rows:
        Shipment.objects.filter(pk=row.pk).update(address=place_of(row.address))
    return len(rows)
