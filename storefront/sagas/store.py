"""Sagas at rest: one row each, moved only by whoever holds its lease."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import msgspec
from django.apps import apps
from django.db import connections

from storefront import clock
from storefront.database.instant import adapted, aware
from storefront.database.unit import vendor
from storefront.database.writing import carry_out, inserted, updated
from storefront.interface import REFUSALS, Refusal, Value
from storefront.sagas.definition import SAGAS, Saga

LEASE = timedelta(seconds=10)
"""How long a runner that died keeps a saga; longer than any single step may take."""

BATCH = 20
"""Sagas that a runner takes at once."""


class LeaseLost(Exception):
    """Another runner took this saga over; it must not be moved from here."""


class Run:
    """One saga in the hands of a runner."""

    def __init__(self, row: Any) -> None:
        self.row = row
        self.id: str = row.id
        self.saga: type[Saga] = SAGAS[row.saga, row.version]
        self.step: int = row.step
        self.status: str = row.status
        self.state: Any = msgspec.json.decode(row.state, type=self.saga.state)
        self.lease_until: datetime = row.lease_until

    @contextmanager
    def unmoved_on_error(self) -> Iterator[None]:
        """What is not written did not happen: the saga stands where it stood before."""
        before = self.step, self.status, self.state, self.lease_until
        try:
            yield
        except BaseException:
            self.step, self.status, self.state, self.lease_until = before
            raise

    @property
    def is_past_pivot(self) -> bool:
        """Whether the point of no return lies behind."""
        return self.status in ("running", "done", "parked") and self.step > self.saga.pivot_at()

    @property
    def is_settled(self) -> bool:
        """Whether the one who asked can have an answer."""
        return self.is_past_pivot or self.status in ("done", "undone", "parked")

    @property
    def refusal(self) -> Refusal | None:
        """Why it is being undone, as the refusal that a step met."""
        if not self.row.refusal:
            return None
        stored = msgspec.json.decode(self.row.refusal)
        refusal = REFUSALS[stored["code"]]
        return refusal(**msgspec.structs.asdict(msgspec.convert(stored["facts"], type=refusal.Facts)))


def refusal_text(refusal: Refusal) -> str:
    """A refusal as it is kept with its saga."""
    return msgspec.json.encode({"code": refusal.code, "facts": msgspec.to_builtins(refusal.facts)}).decode()


@cache
def model_of(module: str) -> Any:
    """The model of the module's saga rows."""
    return apps.get_model(module, "SagaRow")


def table(module: str) -> Any:
    """The manager of the module's saga rows."""
    return model_of(module).objects


def insert(saga: type[Saga], state: Value, *, subject: str, saga_id: str, now: datetime, held: bool) -> Run:
    """Write a saga down, in the transaction at hand. `held`: the caller will run it at once."""
    row = model_of(saga.module)(
        id=saga_id, saga=saga.__name__, version=saga.version, subject=subject, status="running",
        state=msgspec.json.encode(state).decode(), started_at=now, next_at=now,
        lease_until=now + LEASE if held else now,
    )
    carry_out(saga.module, inserted([row]))
    return Run(row)


def find(module: str, saga_id: str) -> Run:
    """A saga as it stands, without a right to move it."""
    return Run(table(module).get(id=saga_id))


def take(module: str, saga_id: str, *, before_time: bool = False) -> Run | None:
    """The lease of a saga that is due and that nobody holds; None otherwise. `before_time`: even if it waits."""
    now = clock.now()
    free = table(module).filter(id=saga_id, lease_until__lte=now, next_at__isnull=False)
    if not before_time:
        free = free.filter(next_at__lte=now)
    if free.update(lease_until=now + LEASE) == 0:
        return None
    run = find(module, saga_id)
    return run if run.lease_until == now + LEASE else None


_TAKE_DUE = """
UPDATE {module}_sagarow SET lease_until = %s WHERE id IN (
    SELECT id FROM {module}_sagarow WHERE next_at <= %s AND lease_until <= %s
    ORDER BY CASE WHEN {awaited} THEN 0 ELSE 1 END, next_at LIMIT %s{others})
AND lease_until <= %s RETURNING id, saga, version, status, step, state, refusal, attempts, error, started_at
"""


def take_due(module: str, *, limit: int = BATCH) -> list[Run]:
    """Take the sagas whose time has come and that nobody holds or is taking: one statement.

    Those before their pivot come first: somebody may wait for them, and nobody for the long queue of the others.
    """
    now = clock.now()
    instant, lease_until = adapted(module, now), now + LEASE
    others = " FOR UPDATE SKIP LOCKED" if vendor(module) == "postgresql" else ""
    with connections[module].cursor() as cursor:
        cursor.execute(
            _TAKE_DUE.format(module=module, others=others, awaited=_awaited(module)),
            [adapted(module, lease_until), instant, instant, limit, instant],
        )
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        row["started_at"] = aware(row["started_at"])
    known = [row for row in rows if (row["saga"], row["version"]) in SAGAS]  # others wait for the release that can
    runs = [Run(model_of(module)(**row, lease_until=lease_until)) for row in known]
    return sorted(runs, key=lambda run: run.is_settled)


def _awaited(module: str) -> str:
    """SQL: whether a saga of the module stands before its pivot, or at it."""
    before = [
        f"saga = '{name}' AND version = {version} AND step <= {saga.pivot_at()}"
        for (name, version), saga in SAGAS.items() if saga.module == module
    ]
    return " OR ".join(before) or "FALSE"


def save(run: Run, **changes: Any) -> None:
    """One statement: the outcome of a step, the intent of the next, and the lease.

    :raises LeaseLost: if another runner holds the saga by now
    """
    now, module = clock.now(), run.saga.module
    lease_until = now if changes.pop("let_go", False) else now + LEASE
    changes = {"step": run.step, "status": run.status, "state": msgspec.json.encode(run.state).decode()} | changes
    held = {"id": run.id, "lease_until": run.lease_until}
    if carry_out(module, updated(model_of(module), changes | {"lease_until": lease_until}, where=held)) == 0:
        raise LeaseLost(run.id)
    for name, value in changes.items():
        setattr(run.row, name, value)
    run.lease_until = lease_until
