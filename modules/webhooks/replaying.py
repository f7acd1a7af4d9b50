"""Facts of the past, sent once more to an endpoint, or for the first time."""

from datetime import datetime

from django.db.models import Q, QuerySet

from modules.webhooks.feed import NewFact, concerns
from modules.webhooks.interface import Queued
from modules.webhooks.models import Endpoint, Fact, Message
from modules.webhooks.queries import found
from storefront.interface import NotFound

MOST = 1_000
"""Facts in one replay; the next one goes on after the last of them."""


def replay(
    *, owner: str, endpoint_id: str, event_id: str = "", since: datetime | None = None, until: datetime | None = None,
    after: str = "", now: datetime,
) -> Queued:
    """Owe the endpoint these facts again. They keep their ids and their order."""
    endpoint = found(owner, endpoint_id)
    facts = _named(endpoint, event_id) if event_id else _spanned(since, until, after)
    taken = list(facts.order_by("id")[: MOST + 1])
    wanted = [fact for fact in taken[:MOST] if concerns(endpoint, _as_new(fact))]
    _owe_again(endpoint, wanted, now=now)
    return Queued(count=len(wanted), more_after=taken[MOST - 1].event_id if len(taken) > MOST else None)


def _named(endpoint: Endpoint, event_id: str) -> QuerySet[Fact]:
    rows = Fact.objects.filter(event_id=event_id)
    fact = rows.first()
    if fact is None or not concerns(endpoint, _as_new(fact)):
        raise NotFound(kind="event", id=event_id)
    return rows


def _spanned(since: datetime | None, until: datetime | None, after: str) -> QuerySet[Fact]:
    span = Q()
    if since is not None:
        span &= Q(recorded_at__gte=since)
    if until is not None:
        span &= Q(recorded_at__lt=until)
    if after:
        last = Fact.objects.filter(event_id=after).first()
        if last is None:
            raise NotFound(kind="event", id=after)
        span &= Q(id__gt=last.id)
    return Fact.objects.filter(span)


def _as_new(fact: Fact) -> NewFact:
    return NewFact(fact.event_id, fact.name, fact.subject, fact.audience, fact.payload, fact.occurred_at)


def _owe_again(endpoint: Endpoint, facts: list[Fact], *, now: datetime) -> None:
    fresh = [
        Message(endpoint=endpoint, fact=fact, subject=fact.subject, next_at=now, lease_until=now, created_at=now)
        for fact in facts
    ]
    known = Message.objects.filter(endpoint=endpoint, fact__in=facts, lease_until__lte=now)
    known.update(
        status=Message.Status.PENDING, attempts=0, tried_since=None, next_at=now, finished_at=None, created_at=now
    )
    Message.objects.bulk_create(fresh, ignore_conflicts=True)
