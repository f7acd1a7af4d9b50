"""Scheduled work: sending, and clearing away what is old."""

from datetime import datetime, timedelta

from modules.webhooks import courier
from modules.webhooks.models import Endpoint, Fact, Message
from storefront.schedule import every

KEEP = timedelta(days=30)
"""How long the feed goes back. What waits for an endpoint that is disabled for longer is cleared away with it."""
BATCH = 500


@every(timedelta(seconds=1), in_transaction=False)
def send_webhooks(_now: datetime) -> int:
    """Deliver what is due."""
    return courier.dispatch()


@every(timedelta(hours=1))
def clear_webhooks(now: datetime) -> int:
    """Delete a batch of messages that are finished, or wait in vain, and of facts that nobody is owed any more."""
    old = Message.objects.filter(created_at__lt=now - KEEP)
    finished = old.exclude(status=Message.Status.PENDING)
    in_vain = old.filter(status=Message.Status.PENDING, endpoint__status=Endpoint.Status.DISABLED)
    count = 0
    for rows in (finished, in_vain):
        ids = list(rows.order_by("id").values_list("id", flat=True)[:BATCH])
        count += Message.objects.filter(id__in=ids).delete()[0]
    facts = Fact.objects.filter(recorded_at__lt=now - KEEP, messages=None).order_by("id")
    return count + Fact.objects.filter(id__in=list(facts.values_list("id", flat=True)[:BATCH])).delete()[0]
