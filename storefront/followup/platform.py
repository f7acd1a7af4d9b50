"""What every module may have to be helped with: facts that nobody takes, sagas that do not end."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.apps import apps
from django.db.models import DateTimeField, Min, OuterRef, Q, QuerySet, Subquery

from storefront import clock
from storefront.followup.matter import Seen, follow_up
from storefront.topology import has_sagas

LATE = timedelta(minutes=5)
"""What is due for longer is held up: by an earlier fact of its subject, by its consumer, or by whoever should send."""
TROUBLED = 3
"""Failures after which a delivery is shown; the next one may still succeed."""
SLOW = timedelta(minutes=15)
"""A saga that takes longer is shown; placing an order takes seconds."""


def deliveries(module: str) -> QuerySet[Any]:
    """What the module owes, with the type and the time of each fact."""
    fact = apps.get_model(module, "Outbox").objects.filter(id=OuterRef("event_id"))
    rows: QuerySet[Any] = apps.get_model(module, "Delivery").objects.annotate(
        fact_type=Subquery(fact.values("type")[:1]),
        announced_at=Subquery(fact.values("occurred_at")[:1], output_field=DateTimeField()),
    )
    return rows


def is_stuck() -> Q:
    """A delivery that goes on, and does not arrive."""
    return Q(is_dead=False) & (Q(attempts__gte=TROUBLED) | Q(next_at__lt=clock.now() - LATE))


def is_slow() -> Q:
    """A saga that goes on, and does not end."""
    return Q(status__in=("running", "undoing"), started_at__lt=clock.now() - SLOW)


def look_after(module: str) -> None:
    """Show these on the dashboard."""
    follow_up(
        module, title="Dead letters", page=f"{module}/delivery/?condition=dead",
        remedy="Read the cause and have it mended. Then try them again, or skip those that nobody needs any more.",
    )(partial(_dead, module))
    follow_up(
        module, title="Stuck deliveries", page=f"{module}/delivery/?condition=stuck",
        remedy="See that their consumer runs, and whether a dead letter of the same subject stands before them.",
    )(partial(_stuck, module))
    if has_sagas(module):
        follow_up(
            module, title="Parked sagas", page=f"{module}/sagarow/?condition=parked",
            remedy="Read the cause and have it mended, then resume. Skip a step only after doing by hand what it does.",
        )(partial(_parked, module))
        follow_up(
            module, title="Slow sagas", page=f"{module}/sagarow/?condition=slow",
            remedy="They go on by themselves. See whether the module that their step calls is up.",
        )(partial(_slow, module))


def _dead(module: str) -> Seen:
    return _seen(deliveries(module).filter(is_dead=True), "announced_at")


def _stuck(module: str) -> Seen:
    return _seen(deliveries(module).filter(is_stuck()), "announced_at")


def _parked(module: str) -> Seen:
    return _seen(apps.get_model(module, "SagaRow").objects.filter(status="parked"), "started_at")


def _slow(module: str) -> Seen:
    return _seen(apps.get_model(module, "SagaRow").objects.filter(is_slow()), "started_at")


def _seen(rows: QuerySet[Any], instant: str) -> Seen:
    count = rows.count()
    since: datetime | None = rows.aggregate(since=Min(instant))["since"] if count else None
    return Seen(count, since)
