"""The feed: public facts in one order, and a message for each endpoint that wants one.

Facts are numbered under a lock that is held until they are committed, so that no reader who has seen a number will
ever find a lower one that is new. SQLite has one writer and needs none.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from django.db import connections

from modules.webhooks.models import Endpoint, Message
from modules.webhooks.public import readable_with
from storefront import clock
from storefront.database.instant import adapted
from storefront.database.unit import Unit, current_unit

ALIAS = "webhooks"

_ADD = """
INSERT INTO webhooks_fact (event_id, name, subject, audience, payload, occurred_at, recorded_at)
SELECT %s, %s, %s, %s, %s, %s, %s {locked} ON CONFLICT (event_id) DO NOTHING RETURNING id
"""
_LOCKED = {
    "postgresql": "FROM (SELECT pg_advisory_xact_lock(hashtext('webhooks.feed'))) AS locked", "sqlite": "WHERE TRUE",
}
_listening: WeakKeyDictionary[Unit, list[Endpoint]] = WeakKeyDictionary()
"""The enabled endpoints, read once in each transaction."""


class NewFact(NamedTuple):
    """What is recorded. event_id: that of the event, which travels as `webhook-id`."""

    event_id: str
    name: str
    subject: str
    audience: str
    payload: str
    occurred_at: datetime


def add(fact: NewFact) -> int | None:
    """Record a fact in the transaction at hand, and owe it to whom it concerns; None if it was known."""
    unit = current_unit()
    now = unit.now or clock.now()
    number = _insert(fact, now)
    if number is not None:
        owe(number, fact.subject, [each for each in _endpoints(unit) if concerns(each, fact)], now=now)
    return number


def _insert(fact: NewFact, now: datetime) -> int | None:
    *texts, occurred_at = fact
    connection = connections[ALIAS]
    with connection.cursor() as cursor:
        values = [*texts, adapted(ALIAS, occurred_at), adapted(ALIAS, now)]
        cursor.execute(_ADD.format(locked=_LOCKED[connection.vendor]), values)
        row: Any = cursor.fetchone()
    return row[0] if row else None


def _endpoints(unit: Unit) -> list[Endpoint]:
    if unit not in _listening:
        _listening[unit] = list(Endpoint.objects.filter(status=Endpoint.Status.ENABLED))
    return _listening[unit]


def concerns(endpoint: Endpoint, fact: NewFact) -> bool:
    """Whether the endpoint asked for it, its key may read it, and it is not meant for somebody else."""
    wanted = endpoint.events.split()
    is_wanted = fact.name in wanted or "*" in wanted
    is_meant = fact.audience in ("", f"owner:{endpoint.owner}")
    return is_meant and is_wanted and fact.name in readable_with(set(endpoint.scopes.split()))


def owe(number: int, subject: str, endpoints: Iterable[Endpoint], *, now: datetime) -> None:
    """A message of this fact for each of these endpoints, due at once."""
    rows = [
        Message(endpoint=each, fact_id=number, subject=subject, next_at=now, lease_until=now, created_at=now)
        for each in endpoints
    ]
    if rows:
        Message.objects.bulk_create(rows, ignore_conflicts=True)
