"""History sent again: rebuilds a projection, or teaches a module that came later."""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import QuerySet

from storefront import clock
from storefront.events.subscription import heard_by
from storefront.ids import new_id
from storefront.nudge import nudge
from storefront.topology import modules_here

BATCH = 1_000


def replay(producer: str, subscriber: str, *, event_type: str = "") -> int:
    """Owe `subscriber` every fact of `producer` that it handles once more, oldest first.

    The run has a name of its own, so the inbox lets its facts through once. Returns how many are owed.
    """
    run, owed = new_id("rpl"), 0
    types = [name for name in heard_by(subscriber) if event_type in ("", name)]
    facts = apps.get_model(producer, "Outbox").objects.filter(type__in=types).order_by("id")
    after = ""
    while batch := list(facts.filter(id__gt=after).values_list("id", "subject")[:BATCH]):
        _owe(producer, subscriber, run, batch)
        owed += len(batch)
        after = batch[-1][0]
    nudge(producer, "deliveries")
    return owed


def _owe(producer: str, subscriber: str, run: str, facts: list[tuple[str, str]]) -> None:
    now = clock.now()
    delivery = apps.get_model(producer, "Delivery")
    rows = [
        delivery(event_id=fact, subscriber=subscriber, subject=subject, replay=run, next_at=now, lease_until=now)
        for fact, subject in facts
    ]
    with transaction.atomic(using=producer):
        delivery.objects.bulk_create(rows)


def dead(producer: str) -> QuerySet[Any]:
    """Deliveries that were given up on, for an operator to read."""
    rows: QuerySet[Any] = apps.get_model(producer, "Delivery").objects.filter(is_dead=True).order_by("id")
    return rows


def requeue(producer: str, *, delivery_id: int | None = None) -> int:
    """Try dead deliveries again, all or one. Returns how many."""
    rows = dead(producer)
    if delivery_id is not None:
        rows = rows.filter(id=delivery_id)
    now = clock.now()
    count = rows.update(is_dead=False, attempts=0, unanswered=0, next_at=now, lease_until=now)
    nudge(producer, "deliveries")
    return count


def try_again(producer: str, delivery_ids: Sequence[int]) -> int:
    """Deliver these now, whether dead or waiting for their next time. Returns how many."""
    rows, now = apps.get_model(producer, "Delivery").objects.filter(id__in=delivery_ids), clock.now()
    count: int = rows.filter(is_dead=False, lease_until__lte=now).update(next_at=now)
    count += rows.filter(is_dead=True).update(is_dead=False, attempts=0, unanswered=0, next_at=now, lease_until=now)
    nudge(producer, "deliveries")
    return count


def drop(producer: str, *, delivery_id: int) -> int:
    """Give a dead delivery up for good; its fact stays in the outbox. Returns how many were dropped.

    Where the subscriber is in this process its inbox has the fact from then on: nobody misses it.
    """
    for row in dead(producer).filter(id=delivery_id):
        if row.subscriber in modules_here():
            apps.get_model(row.subscriber, "Inbox").objects.get_or_create(
                event_id=row.event_id, replay=row.replay, defaults={"received_at": clock.now()}
            )
    return dead(producer).filter(id=delivery_id).delete()[0]
