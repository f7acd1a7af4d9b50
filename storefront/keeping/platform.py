"""The platform's own tables: what each is kept for, and the job in every module that forgets the rest."""

from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, Q

from storefront import clock
from storefront.keeping.declaring import Rule
from storefront.keeping.sweeping import forget
from storefront.schedule import plan
from storefront.topology import has_sagas, is_home, modules_here

EVERY = timedelta(minutes=1)
SECONDS = 1.0
"""Of one turn, after which the rest waits for the next: the thread that does it also delivers facts."""
LONGER = timedelta(days=7)
"""How much longer an inbox remembers than an outbox: whatever may still be sent is recognised."""

JOB, SESSIONS = "forget_old", "forget_sessions"
KERNEL = {
    "callkey": Rule("STOREFRONT_CALLS_KEPT_DAYS after its call: nobody repeats a request for so long", JOB),
    "outbox": Rule("STOREFRONT_FACTS_KEPT_DAYS after its fact, unless it is still owed", JOB),
    "delivery": Rule("it is acknowledged; a dead letter waits for an operator, and is shown"),
    "inbox": Rule("a week after its fact has left the outbox", JOB),
    "trial": Rule("its fact is handled or given up; at the latest when an inbox forgets it", JOB),
    "sagarow": Rule("STOREFRONT_SAGAS_KEPT_DAYS after it began, if it is over", JOB),
    "timer": Rule("a row for each scheduled job"),
    "auditentry": Rule("kept for good, and never changed: it grows with what operators do, not with orders"),
}
"""The platform's tables in each module."""
OTHERS = {
    "sessions.session": Rule("it is over", SESSIONS),
    "admin.logentry": Rule("nothing writes there: each module has its audit log"),
    "contenttypes.contenttype": Rule("a row for each table"),
    "auth.permission": Rule("a few rows for each table"),
    "auth.group": Rule("operators keep it"),
    "auth.user": Rule("operators keep it: a row for each of them"),
    "auth.group_permissions": Rule("operators keep it"),
    "auth.user_groups": Rule("operators keep it"),
    "auth.user_user_permissions": Rule("operators keep it"),
    "rest.apikey": Rule("operators keep it: a revoked key stays to be recognised"),
    "home.secondfactor": Rule("a row for each operator"),
    "home.recoverycode": Rule("a few rows for each operator"),
    "home.attempt": Rule("nobody tried for a day; whoever signs in next removes it"),
    "home.auditentry": KERNEL["auditentry"],
}
"""Tables of the shop that are no module's."""


def look_after(module: str) -> None:
    """Schedule the job that keeps the platform's tables of a module bounded."""

    def job(now: datetime) -> int:
        """Delete answers, facts, sagas and what was heard that are kept no longer."""
        return forget_old(module, now)

    plan(module, JOB, EVERY, job, seconds=SECONDS)
    if is_home() and module == modules_here()[0]:
        plan(module, SESSIONS, timedelta(minutes=10), forget_sessions, seconds=SECONDS)


def forget_old(module: str, now: datetime) -> int:
    """Delete a batch of each table. Returns how many rows."""
    facts = now - timedelta(days=settings.STOREFRONT_FACTS_KEPT_DAYS)
    calls = now - timedelta(days=settings.STOREFRONT_CALLS_KEPT_DAYS)
    call, fact, heard, trial = (apps.get_model(module, name) for name in ("CallKey", "Outbox", "Inbox", "Trial"))
    owed = apps.get_model(module, "Delivery").objects.filter(event_id=OuterRef("id"))
    is_answered = Q(answer__isnull=False) | Q(claimed_until__lt=calls)
    count = forget(call, where=Q(created_at__lt=calls) & is_answered, oldest_first="created_at")
    count += forget(fact, where=Q(~Exists(owed), occurred_at__lt=facts), oldest_first="occurred_at")
    count += forget(heard, where=Q(received_at__lt=facts - LONGER), oldest_first="received_at")
    count += forget(trial, where=Q(began_at__lt=facts - LONGER), oldest_first="began_at")
    return count + (_forget_sagas(module, now) if has_sagas(module) else 0)


def _forget_sagas(module: str, now: datetime) -> int:
    sagas: Any = apps.get_model(module, "SagaRow")
    long_ago = now - timedelta(days=settings.STOREFRONT_SAGAS_KEPT_DAYS)
    is_over = Q(status__in=("done", "undone"), started_at__lt=long_ago)
    return forget(sagas, where=is_over, oldest_first="started_at")


def forget_sessions(_now: datetime) -> int:
    """Delete operators' sessions whose time is over; where they sign in."""
    return forget(Session, where=Q(expire_date__lt=clock.now()), oldest_first="expire_date")
