"""Which messages are sent next: leased to one sender, in order per subject, only so many of an endpoint at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import connections, transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from modules.webhooks.feed import ALIAS
from modules.webhooks.models import Endpoint, Message

LEASE = timedelta(minutes=2)
"""Longer than any request may take. Whoever dies with one in hand leaves it to the next: it is sent again."""
AT_ONCE = 4
WHILE_FAILING = 1
"""Requests to one endpoint at a time, of all processes together."""


def endpoints_with_work(now: datetime) -> list[str]:
    """The endpoints that are owed something at this moment, the one that waits longest first."""
    due = _due(now).filter(endpoint__status=Endpoint.Status.ENABLED).order_by("next_at")
    return list(dict.fromkeys(due.values_list("endpoint_id", flat=True)[:1_000]))


def claim(endpoint_id: str, *, now: datetime) -> Message | None:
    """Lease the next message of an endpoint; None if nothing is due, or enough of its messages are on their way."""
    with _alone():
        endpoint = Endpoint.objects.filter(id=endpoint_id, status=Endpoint.Status.ENABLED).first()
        if endpoint is None or _on_their_way(endpoint_id, now) >= allowed(endpoint):
            return None
        ahead = Message.objects.filter(
            endpoint=OuterRef("endpoint"), subject=OuterRef("subject"), fact__lt=OuterRef("fact"),
            status=Message.Status.PENDING,
        )
        found = _due(now).filter(~Exists(ahead), endpoint_id=endpoint_id).order_by("fact_id").first()
        if found is not None:
            Message.objects.filter(id=found.id).update(
                lease_until=now + LEASE, attempts=F("attempts") + 1, tried_since=Coalesce("tried_since", now)
            )
            found.refresh_from_db()
        return found


def allowed(endpoint: Endpoint) -> int:
    """Requests to it at a time."""
    return WHILE_FAILING if endpoint.failing_since else AT_ONCE


def _due(now: datetime) -> QuerySet[Message]:
    return Message.objects.filter(status=Message.Status.PENDING, next_at__lte=now, lease_until__lte=now)


def _on_their_way(endpoint_id: str, now: datetime) -> int:
    waiting = Message.objects.filter(status=Message.Status.PENDING, endpoint_id=endpoint_id)
    return waiting.filter(lease_until__gt=now).count()


@contextmanager
def _alone() -> Iterator[None]:
    """One claimer at a time, as with deliveries: the next one sees the leases of the one before."""
    connection: Any = connections[ALIAS]
    with transaction.atomic(using=ALIAS):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext('webhooks.claim'))")
        yield
