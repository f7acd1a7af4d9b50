"""Periodic work, declared in a module's `tasks.py`, run by whoever takes its timer first."""

import logging
import math
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connections

from storefront import clock
from storefront.database.instant import adapted
from storefront.database.unit import unit_of_work

log = logging.getLogger(__name__)

Job = Callable[[datetime], int]
"""Treats one batch in a transaction of its module; returns how many rows, and is called again until 0."""

_OWN_TRANSACTIONS: set[Job] = set()
"""Jobs that talk to the outside, and so open their own short transactions."""

_AT_MOST: dict[Job, float] = {}
"""Jobs that may not take longer at once, in seconds."""

JOBS: dict[str, dict[str, tuple[timedelta, Job]]] = {}
"""Module -> name -> how often, and what."""

MAX_BATCHES = 100
ASKS_PER_INTERVAL = 6
_asked: dict[tuple[str, str], datetime] = {}


def every(interval: timedelta, *, in_transaction: bool = True) -> Callable[[Job], Job]:
    """Run the decorated job each `interval`, in a unit of work of the module that declares it.

    in_transaction: False for a job that talks to the outside; it opens its own units of work.
    """

    def register(job: Job) -> Job:
        if not in_transaction:
            _OWN_TRANSACTIONS.add(job)
        module = job.__module__.split(".")[1]
        JOBS.setdefault(module, {})[job.__name__] = (interval, job)
        return job

    return register


def plan(module: str, name: str, interval: timedelta, job: Job, *, seconds: float) -> None:
    """Run a job of the platform each `interval` in `module`; it opens its own short transactions.

    seconds: of one turn, after which what is left waits for the next.
    """
    _OWN_TRANSACTIONS.add(job)
    _AT_MOST[job] = seconds
    JOBS.setdefault(module, {})[name] = (interval, job)


def run_due(module: str) -> int:
    """Run the jobs of `module` whose time has come. Returns how many rows they treated."""
    treated = 0
    for name, (interval, job) in JOBS.get(module, {}).items():
        if _may_be_due(module, name, interval) and _take(module, name, interval):
            try:
                treated += _run(module, name, interval, job)
            except Exception:
                log.exception("A scheduled job failed; it runs again at its next time.", extra={"job": name})
    return treated


def forget(*, but: str = "") -> None:
    """Ask every timer again; tests turn the clock back.

    but: the job of this name was asked for this moment, in every module that has it.
    """
    _asked.clear()
    _asked.update({(module, but): clock.now() for module, jobs in JOBS.items() if but in jobs})


def _may_be_due(module: str, name: str, interval: timedelta) -> bool:
    """Whether to ask the timer again: this process does so a few times per interval, not at every poll."""
    now = clock.now()
    asked_at = _asked.get((module, name))
    if asked_at is not None and now - asked_at < interval / ASKS_PER_INTERVAL:
        return False
    _asked[module, name] = now
    return True


def _take(module: str, name: str, interval: timedelta) -> bool:
    now = clock.now()
    instant, later = adapted(module, now), adapted(module, now + interval)
    with connections[module].cursor() as cursor:
        cursor.execute(
            f"UPDATE {module}_timer SET next_at = %s WHERE name = %s AND next_at <= %s",  # noqa: S608
            [later, name, instant],
        )
        if cursor.rowcount:
            return True
        cursor.execute(
            f"INSERT INTO {module}_timer (name, next_at) VALUES (%s, %s) ON CONFLICT (name) DO NOTHING",  # noqa: S608
            [name, later],
        )
        return bool(cursor.rowcount)


def _run(module: str, name: str, interval: timedelta, job: Job) -> int:
    treated, taken_at, began_at = 0, clock.now(), time.monotonic()
    for _ in range(MAX_BATCHES):
        batch = _one_batch(module, job)
        treated += batch
        if not batch or time.monotonic() - began_at > _AT_MOST.get(job, math.inf):
            break
        if clock.now() - taken_at > interval / 2:
            taken_at = clock.now()
            _keep(module, name, interval)
    return treated


def _keep(module: str, name: str, interval: timedelta) -> None:
    """A job that takes long stays with the process that runs it."""
    with connections[module].cursor() as cursor:
        cursor.execute(
            f"UPDATE {module}_timer SET next_at = %s WHERE name = %s",  # noqa: S608
            [adapted(module, clock.now() + interval), name],
        )


def _one_batch(module: str, job: Job) -> int:
    if job in _OWN_TRANSACTIONS:
        return job(clock.now())
    with unit_of_work(module) as unit:
        unit.now = clock.now()
        return job(unit.now)
