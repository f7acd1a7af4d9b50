"""Sagas at rest: one row each, moved only by whoever holds its lease."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import msgspec
from django.apps import apps
from django.db import connections
from django.db.models import F

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

TRUSTED = 2
"""Times that a saga may be taken and not be heard of again, as when a process is restarted, before it is suspect."""


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
        self.is_counted = False
        self.rests = False
        """Whether it waits for somebody outside who is let rest."""

    @property
    def is_suspect(self) -> bool:
        """Whether its present step may be what ends the processes that run it."""
        return self.begun_alone >= 0

    @property
    def begun_alone(self) -> int:
        """How often its present step was begun as a suspect and not ended; -1 where nothing is suspected."""
        return max(int(self.row.unanswered) - TRUSTED - 1, -1)

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
        lease_until=now + LEASE if held else now, unanswered=int(held),
    )
    carry_out(saga.module, inserted([row]))
    return Run(row)


def find(module: str, saga_id: str) -> Run:
    """A saga as it stands, without a right to move it."""
    return Run(table(module).get(id=saga_id))


def take(module: str, saga_id: str, *, as_operator: bool = False) -> Run | None:
    """The lease of a saga that is due and that nobody holds; None otherwise.

    A suspect is left to the background: whoever serves a shopper serves others too. `as_operator`: even if it waits,
    and even a suspect, which is one no longer.
    """
    now = clock.now()
    free = table(module).filter(id=saga_id, lease_until__lte=now, next_at__isnull=False)
    if not as_operator:
        free = free.filter(next_at__lte=now, unanswered__lt=TRUSTED)
    if free.update(lease_until=now + LEASE, unanswered=1 if as_operator else F("unanswered") + 1) == 0:
        return None
    run = find(module, saga_id)
    return run if run.lease_until == now + LEASE else None


_TAKE_DUE = """
UPDATE {module}_sagarow SET lease_until = %s,
    unanswered = CASE WHEN unanswered > {trusted} THEN unanswered ELSE unanswered + 1 END
WHERE id IN (
    SELECT id FROM {module}_sagarow WHERE next_at <= %s AND lease_until <= %s
    ORDER BY CASE WHEN unanswered < {trusted} THEN 0 ELSE unanswered END, CASE WHEN {awaited} THEN 0 ELSE 1 END, next_at
    LIMIT %s{others})
AND lease_until <= %s
RETURNING id, saga, version, status, step, state, refusal, attempts, unanswered, error, started_at
"""


def take_due(module: str, *, limit: int = BATCH) -> list[Run]:
    """Take the sagas whose time has come and that nobody holds or is taking: one statement.

    Those before their pivot come first: somebody may wait for them, and nobody for the long queue of the others.
    Suspects come last, and those among them that were begun most often.
    """
    now = clock.now()
    instant, lease_until = adapted(module, now), now + LEASE
    others = " FOR UPDATE SKIP LOCKED" if vendor(module) == "postgresql" else ""
    with connections[module].cursor() as cursor:
        cursor.execute(
            _TAKE_DUE.format(module=module, others=others, awaited=_awaited(module), trusted=TRUSTED),
            [adapted(module, lease_until), instant, instant, limit, instant],
        )
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        row["started_at"] = aware(row["started_at"])
    known = [row for row in rows if (row["saga"], row["version"]) in SAGAS]  # others wait for the release that can
    runs = [Run(model_of(module)(**row, lease_until=lease_until)) for row in known]
    return sorted(runs, key=lambda run: (run.begun_alone, run.is_settled))


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
    held = not changes.pop("let_go", False)
    stands = {"step": run.step, "status": run.status, "state": msgspec.json.encode(run.state).decode()}
    lease_until = clock.now() + (LEASE if held else timedelta())
    _write(run, stands | {"unanswered": int(held)} | changes, lease_until=lease_until)
    run.is_counted = False


def count(run: Run) -> None:
    """Write down, in a transaction of its own, that the present step of a suspect is about to be begun.

    :raises LeaseLost: if another runner holds the saga by now
    """
    _write(run, {"unanswered": run.row.unanswered + 1}, lease_until=clock.now() + LEASE)
    run.is_counted = True


def discount(run: Run) -> None:
    """The process lives, though it could not write down what came of the step: it is not the step that ends it."""
    if run.is_counted:
        rows = table(run.saga.module).filter(id=run.id, unanswered__gt=TRUSTED + 1)
        rows.update(unanswered=F("unanswered") - 1)


def _write(run: Run, changes: dict[str, Any], *, lease_until: datetime) -> None:
    module, held = run.saga.module, {"id": run.id, "lease_until": run.lease_until}
    if carry_out(module, updated(model_of(module), changes | {"lease_until": lease_until}, where=held)) == 0:
        raise LeaseLost(run.id)
    for name, value in changes.items():
        setattr(run.row, name, value)
    run.lease_until = lease_until
