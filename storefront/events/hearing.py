"""Whether everybody heard what they are owed: facts that are neither owed any more nor in their consumer's inbox.

After a restore that happens: a consumer that came back older has forgotten what it had acknowledged. Only consumers of
this process can be looked at; for those of another one, `events resend` owes all facts of a time once more, and their
inboxes let through what they have not heard.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.apps import apps

from storefront import clock
from storefront.database.unit import unit_of_work
from storefront.events.subscription import subscribers_of, subscribers_to
from storefront.nudge import nudge
from storefront.topology import modules_here

LOOK_BACK = timedelta(days=3)
"""How old a fact may be that is missed. Inboxes remember for longer: what they forgot would look unheard."""
PAGE = 500


class Owed(NamedTuple):
    """A fact that one subscriber should hear."""

    event_id: str
    type: str
    subject: str
    subscriber: str


def unheard(producer: str) -> Iterator[Owed]:
    """Facts of `producer` that a subscriber of this process neither heard nor will hear, oldest first."""
    here = subscribers_to(producer) & set(modules_here())
    for page in _facts(producer, since=clock.now() - LOOK_BACK):
        ids = [fact.id for fact in page]
        for subscriber in sorted(here):
            due = [fact for fact in page if subscriber in subscribers_of(fact.type)]
            if not due:
                continue
            known = set(_ids(producer, "Delivery", ids, subscriber=subscriber)) | set(_ids(subscriber, "Inbox", ids))
            yield from (Owed(fact.id, fact.type, fact.subject, subscriber) for fact in due if fact.id not in known)


def owe(producer: str, fact: Owed) -> str:
    """Have it delivered; an inbox that has it after all lets nothing through."""
    with unit_of_work(producer) as unit:
        unit.now = clock.now()
        _insert(producer, [fact])
    nudge(producer, "deliveries")
    return f"It is owed to {fact.subscriber} again."


def resend(producer: str, subscriber: str, *, since: datetime) -> int:
    """Owe `subscriber` all facts of `producer` since then that are not owed yet. Returns how many."""
    owed = 0
    for page in _facts(producer, since=since):
        due = {fact.id: fact for fact in page if subscriber in subscribers_of(fact.type)}
        for event_id in _ids(producer, "Delivery", list(due), subscriber=subscriber):
            due.pop(event_id, None)
        with unit_of_work(producer) as unit:
            unit.now = clock.now()
            _insert(producer, [Owed(fact.id, fact.type, fact.subject, subscriber) for fact in due.values()])
        owed += len(due)
    nudge(producer, "deliveries")
    return owed


def _facts(producer: str, *, since: datetime) -> Iterator[list[Any]]:
    rows = apps.get_model(producer, "Outbox").objects.filter(occurred_at__gte=since).order_by("id")
    rows = rows.only("id", "type", "subject", "occurred_at")
    page = list(rows[:PAGE])
    while page:
        yield page
        page = list(rows.filter(id__gt=page[-1].id)[:PAGE])


def _ids(module: str, table: str, ids: list[str], **rule: str) -> Iterator[str]:
    yield from apps.get_model(module, table).objects.filter(event_id__in=ids, **rule).values_list("event_id", flat=True)


def _insert(producer: str, facts: list[Owed]) -> None:
    now, delivery = clock.now(), apps.get_model(producer, "Delivery")
    delivery.objects.bulk_create(
        delivery(
            event_id=fact.event_id, subscriber=fact.subscriber, subject=fact.subject, next_at=now, lease_until=now
        )
        for fact in facts
    )
