"""What the platform keeps for every module: facts owed and heard, sagas."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from django.apps import apps
from django.db.models import Q

from storefront import clock
from storefront.audit.finding import Finding
from storefront.audit.pages import pages_of
from storefront.events import hearing
from storefront.nudge import nudge
from storefront.sagas.definition import SAGAS
from storefront.sagas.operator import resume
from storefront.topology import has_sagas

LONGEST_PAUSE = timedelta(hours=1)
"""Nothing that the platform schedules waits longer: what does has a time from another clock, or from nobody."""
OWED_FOR = timedelta(hours=1)
"""By then a fact is delivered or dead, unless its consumer or the background work is away."""
UNDECIDED_FOR = timedelta(minutes=30)
"""By then a saga has passed its pivot or turned round: twice the longest patience of its runner."""
UNFINISHED_FOR = timedelta(hours=24)
"""How long a saga may take for what follows its pivot, or for its undoing."""


def audit(module: str) -> Iterator[Finding]:
    """Each delivery acknowledged, scheduled or dead, and none lost; each saga over or scheduled, none past its time."""
    yield from _deliveries(module)
    for fact in hearing.unheard(module):
        yield Finding(
            f"{fact.type} {fact.event_id} of {fact.subject} was never heard by {fact.subscriber}, and is not owed.",
            code="delivery.missing", about=fact.event_id, repair=partial(hearing.owe, module, fact),
        )
    if has_sagas(module):
        yield from _sagas(module)


def _deliveries(module: str) -> Iterator[Finding]:
    rows = apps.get_model(module, "Delivery").objects
    outbox = apps.get_model(module, "Outbox").objects
    now = clock.now()
    for row in _each(rows.filter(is_dead=True)):
        yield Finding(
            f"Delivery {row.id} of {row.event_id} to {row.subscriber} is dead: {row.error}",
            code="delivery.dead", about=row.id, remedy="Mend the cause, then `manage.py events requeue`, or `drop` it.",
        )
    for row in _each(rows.filter(is_dead=False).filter(_far_away(now))):
        yield Finding(
            f"Delivery {row.id} of {row.event_id} to {row.subscriber} waits until {row.next_at:%Y-%m-%d %H:%M}.",
            code="delivery.stranded", about=row.id, repair=partial(_schedule, module, row.id),
        )
    for page in pages_of(rows.filter(is_dead=False)):
        begun = dict(outbox.filter(id__in=[row.event_id for row in page]).values_list("id", "occurred_at"))
        for row in page:
            if row.event_id not in begun:
                yield Finding(
                    f"Delivery {row.id} to {row.subscriber} is of {row.event_id}, which is not in the outbox.",
                    code="delivery.of_nothing", about=row.id, repair=partial(_bury, module, row.id),
                )
            elif begun[row.event_id] < now - OWED_FOR and not row.replay:
                yield Finding(
                    f"Delivery {row.id} of {row.event_id} is owed to {row.subscriber} for over an hour. {row.error}",
                    code="delivery.overdue", about=row.id,
                    remedy=f"Is {row.subscriber} up, and is the background work running?",
                )


def _far_away(now: Any) -> Q:
    return Q(next_at__gt=now + LONGEST_PAUSE) | Q(lease_until__gt=now + LONGEST_PAUSE)


def _schedule(module: str, delivery_id: int) -> str:
    now = clock.now()
    apps.get_model(module, "Delivery").objects.filter(id=delivery_id).update(next_at=now, lease_until=now)
    nudge(module, "deliveries")
    return "It is due now."


def _bury(module: str, delivery_id: int) -> str:
    error = "The fact is not in the outbox any more."
    apps.get_model(module, "Delivery").objects.filter(id=delivery_id).update(is_dead=True, error=error)
    return "It is dead now, so that nothing waits behind it and an operator can drop it."


def _sagas(module: str) -> Iterator[Finding]:
    rows, now = apps.get_model(module, "SagaRow").objects, clock.now()
    living = rows.filter(status__in=("running", "undoing"))
    for row in _each(rows.filter(status="parked")):
        yield Finding(
            f"Saga {row.id} of {row.subject} is parked: {row.error}",
            code="saga.parked", about=row.id, remedy=f"Mend the cause, then `manage.py sagas resume {row.id}`.",
        )
    for row in _each(rows.exclude(status__in=("done", "undone"))):
        if (row.saga, row.version) not in SAGAS:
            yield Finding(
                f"Saga {row.id} is {row.saga} version {row.version}, which this process does not know.",
                code="saga.unknown", about=row.id, remedy="Run the release that began it until it is over.",
            )
    for row in _each(living.filter(next_at=None)):
        yield Finding(
            f"Saga {row.id} of {row.subject} is {row.status} and not scheduled.",
            code="saga.unscheduled", about=row.id, repair=partial(_resume, module, row.id),
        )
    for row in _each(living.filter(_far_away(now))):
        yield Finding(
            f"Saga {row.id} of {row.subject} is {row.status} and waits until {row.next_at:%Y-%m-%d %H:%M}.",
            code="saga.stranded", about=row.id, repair=partial(_resume, module, row.id),
        )
    yield from _overdue_sagas(_each(living.filter(started_at__lt=now - UNDECIDED_FOR)), now)


def _overdue_sagas(rows: Iterable[Any], now: Any) -> Iterator[Finding]:
    for row in rows:
        saga = SAGAS.get((row.saga, row.version))
        is_undecided = saga is not None and row.status == "running" and row.step <= saga.pivot_at()
        if is_undecided or row.started_at < now - UNFINISHED_FOR:
            yield Finding(
                f"Saga {row.id} of {row.subject} is {row.status} since {row.started_at:%Y-%m-%d %H:%M}. {row.error}",
                code="saga.overdue", about=row.id,
                remedy="Is the background work running? `manage.py sagas` shows what is in its way.",
            )


def _resume(module: str, saga_id: str) -> str:
    now = clock.now()
    rows = apps.get_model(module, "SagaRow").objects.filter(id=saga_id)
    rows.filter(lease_until__gt=now + LONGEST_PAUSE).update(lease_until=now)
    resume(module, saga_id)
    return "It goes on now."


def _each(rows: Any) -> Iterator[Any]:
    for page in pages_of(rows):
        yield from page
