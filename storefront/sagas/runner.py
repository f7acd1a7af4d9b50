"""Runs sagas: intent before each call, outcome after it, the same key on every retry."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError

from storefront import clock
from storefront.calls.carrier import CalleeFailed
from storefront.calls.deadline import DEADLINE, remaining, within
from storefront.calls.outsider import rest_of
from storefront.database.unit import current_unit, drop_if_broken, unit_of_work
from storefront.ids import new_id
from storefront.interface import OutcomeUnknown, Refusal, Unavailable, Value
from storefront.nudge import nudge
from storefront.sagas import store
from storefront.sagas.definition import Saga, Step
from storefront.sagas.refusal import StepUnavailable
from storefront.sagas.store import LeaseLost, Run

log = logging.getLogger(__name__)
_begun: ContextVar[Run | None] = ContextVar("begun", default=None)
"""The saga that this request has just begun and holds, so that it need not be read again."""

STEP_SECONDS = 8.0
POLL_SECONDS = 0.02
LONGEST_POLL_SECONDS = 0.1
GIVE_UP_UNAVAILABLE = timedelta(seconds=60)
GIVE_UP_UNKNOWN = timedelta(minutes=15)
BRISK = 5
"""Attempts after which the pauses begin to double: about 2 s."""
PARK_AFTER = 20
"""Attempts at an undo, or at a step with a bug in it, before an operator is asked."""
GIVE_UP_AFTER = 5
"""Times that a suspect step, or undo, was begun and never ended, before it is not begun again."""
ENDS_ITS_PROCESS = (
    f"The process that ran this step ended without a word, {GIVE_UP_AFTER} times in a row; it was not begun again."
)


def start(saga: type[Saga], state: Value, *, subject: str, saga_id: str = "", held: bool = False) -> Run:
    """Begin a saga in the transaction at hand; it runs once that has committed.

    `held`: the caller goes on to `progress()` it at once; otherwise the background does.
    """
    unit = current_unit()
    run = store.insert(
        saga, state, subject=subject, saga_id=saga_id or new_id("sag"), now=unit.now or clock.now(), held=held
    )
    if held:
        _begun.set(run)
    nudge(saga.module, "sagas")
    return run


def progress(module: str, saga_id: str, *, seconds: float) -> Run:
    """Move a saga on within `seconds`, until its pivot is passed or it is undone; returns how it stands.

    Where another runner holds it, wait for that one.

    :raises OutcomeUnknown: the module's database went away meanwhile
    """
    try:
        return _progress(module, saga_id, seconds=seconds)
    except (OperationalError, InterfaceError) as error:
        drop_if_broken(module)
        raise OutcomeUnknown(f"Saga {saga_id}: {error}") from error


def _progress(module: str, saga_id: str, *, seconds: float) -> Run:
    begun = _begun.get()
    run = begun if begun and begun.id == saga_id else None
    _begun.set(None)
    with within(seconds):
        until = DEADLINE.get() or 0.0  # the caller's, if it has less time
        run = _moved_on(module, saga_id, run)
        if _is_over(run, until):
            return run
        with _WAITING.place() as is_free:
            pause = POLL_SECONDS
            while is_free and not _is_over(run, until):
                time.sleep(pause)
                pause = min(2 * pause, LONGEST_POLL_SECONDS)
                run = _moved_on(module, saga_id)
        return run


def _moved_on(module: str, saga_id: str, run: Run | None = None) -> Run:
    """As far as it goes now, or as it stands if somebody else holds it."""
    run = run or store.take(module, saga_id)
    if run and _kept(run, to_the_end=False) and (run.is_settled or run.rests):
        return run
    return store.find(module, saga_id)


def _is_over(run: Run, until: float) -> bool:
    return run.is_settled or run.rests or time.monotonic() >= until


class _Waiting:
    """Requests that wait for a saga which pauses, or which another runner holds: each has a thread that others need."""

    def __init__(self) -> None:
        self._count = 0
        self._lock = Lock()

    @contextmanager
    def place(self) -> Iterator[bool]:
        """Whether there is one. Who finds none is told at once that the saga goes on."""
        with self._lock:
            is_free = self._count < settings.STOREFRONT_WAITERS
            self._count += is_free
        try:
            yield is_free
        finally:
            with self._lock:
                self._count -= is_free


_WAITING = _Waiting()


def never() -> bool:
    """Nobody asks this runner to end."""
    return False


def run_due(module: str, *, is_ending: Callable[[], bool] = never) -> int:
    """Move sagas of `module` that are due, to their ends if possible. Returns how many were moved.

    is_ending: whether to let them go after the step at hand; another process takes them at once then.
    """
    runs = store.take_due(module)
    for run in runs:
        _kept(run, to_the_end=True, is_ending=is_ending)
    if len(runs) == store.BATCH:  # more may be due: do not wait for the next poll
        nudge(module, "sagas")
    return len(runs)


def _kept(run: Run, *, to_the_end: bool, is_ending: Callable[[], bool] = never) -> bool:
    """Move a saga that we hold. Returns whether we held it all the while."""
    try:
        _advance(run, to_the_end=to_the_end, is_ending=is_ending)
    except LeaseLost:
        log.info("Another runner took a saga over.", extra={"saga": run.id})
        _lives_on(run)
        return False
    except (OperationalError, InterfaceError) as error:
        log.warning(
            "A saga's own database is away; the saga goes on when its lease is over.",
            extra={"saga": run.id, "error": f"{error}"},
        )
        drop_if_broken(run.saga.module)
        _lives_on(run)
        return False
    return True


def _lives_on(run: Run) -> None:
    with suppress(OperationalError, InterfaceError):
        store.discount(run)


def _advance(run: Run, *, to_the_end: bool, is_ending: Callable[[], bool]) -> None:
    """Step by step until the end, the pivot, a pause, or the end of the caller's patience or of this process."""
    while run.status in ("running", "undoing"):
        left = remaining()
        if is_ending() or (left is not None and left <= 0.05):
            store.save(run, next_at=clock.now(), let_go=True)
            return
        if run.is_suspect and not _tried_again(run):
            return
        was_pivot = run.step == run.saga.pivot_at() and run.status == "running"
        if not (_forward(run, let_go=was_pivot and not to_the_end) if run.status == "running" else _backward(run)):
            return
        if was_pivot and run.is_past_pivot and not to_the_end:
            nudge(run.saga.module, "sagas")
            return


def _tried_again(run: Run) -> bool:
    """The last attempt at this step ended without a word: the next one is counted before. Returns whether to go on.

    What ends its process each time is given up: before the pivot all is undone, the step itself included; an undo, and
    what comes after the pivot, is an operator's. It is never skipped.
    """
    if run.begun_alone < GIVE_UP_AFTER:
        store.count(run)
        return True
    log.error("A saga's step ends the process that runs it.", extra={"saga": run.id, "step": run.step})
    if run.status == "running" and run.step <= run.saga.pivot_at():
        unavailable = StepUnavailable(step=run.saga.steps[run.step].name)
        _begin_undo(run, unavailable, from_step=run.step, error=ENDS_ITS_PROCESS)
        return True
    _park(run, ENDS_ITS_PROCESS, attempts=run.row.attempts + GIVE_UP_AFTER)
    return False


def _forward(run: Run, *, let_go: bool) -> bool:
    """One step, after which the saga may be let go. Returns whether to go on at once."""
    if run.step == len(run.saga.steps):
        run.status = "done"
        store.save(run, next_at=None, let_go=True)
        return False
    step = run.saga.steps[run.step]
    try:
        with run.unmoved_on_error():
            _carry_out(run, step, let_go=let_go)
    except Refusal as refusal:
        return _refused(run, refusal)
    except LeaseLost:
        raise
    except (OperationalError, InterfaceError) as error:  # the outcome is not written: the step is done again
        drop_if_broken(run.saga.module)
        return _pause(run, error, may_park=False)
    except Exception as error:
        if not _is_bug(error):
            return _unanswered(run, step, error)
        log.exception("A saga's step failed.", extra={"saga": run.id, "step": step.name})
        return _pause(run, error, may_park=True)
    return True


def _is_bug(error: Exception) -> bool:
    """Whether somebody must mend something, here or at the callee: the saga is kept, shown, tried again."""
    return isinstance(error, CalleeFailed) or not isinstance(error, (Unavailable, OutcomeUnknown))


def _carry_out(run: Run, step: Step, *, let_go: bool) -> None:
    """The step and its outcome. A step that ends the saga settles it in the same statement."""
    if step.is_pivot:
        with unit_of_work(run.saga.module) as unit:
            unit.now = clock.now()
            _moved(run, step.action(run.state, now=unit.now), let_go=let_go)
        return
    with within(STEP_SECONDS):
        state = step.action(run.state, key=f"{run.id}:{step.slug}")
    _moved(run, state, let_go=let_go)


def _moved(run: Run, state: Any, *, let_go: bool) -> None:
    run.state = run.state if state is None else state
    run.step += 1
    if run.step == len(run.saga.steps):
        run.status = "done"
        store.save(run, attempts=0, error="", next_at=None, let_go=True)
    else:
        store.save(run, attempts=0, error="", let_go=let_go)


def _refused(run: Run, refusal: Refusal) -> bool:
    """Before the pivot a no undoes everything; after it somebody must look, so it is retried and shown."""
    if run.step > run.saga.pivot_at():
        return _pause(run, refusal, may_park=False)
    _begin_undo(run, refusal, from_step=run.step - 1)
    return True


def _unanswered(run: Run, step: Step, error: Exception) -> bool:
    patience = GIVE_UP_UNKNOWN if isinstance(error, OutcomeUnknown) else GIVE_UP_UNAVAILABLE
    is_before = run.step <= run.saga.pivot_at()
    if is_before and clock.now() - run.row.started_at > patience:
        _begin_undo(run, StepUnavailable(step=step.name), from_step=run.step)
        return True
    return _pause(run, error, may_park=False)


def _begin_undo(run: Run, refusal: Refusal, *, from_step: int, **noted: Any) -> None:
    """Turn round. An earlier attempt of `from_step` may have had its effect, so its undo comes first."""
    text = store.refusal_text(refusal)
    if from_step < 0:  # the first step was refused: nothing was done
        run.status = "undone"
        store.save(run, refusal=text, attempts=0, next_at=None, let_go=True, **noted)
    else:
        run.step, run.status = from_step, "undoing"
        store.save(run, refusal=text, attempts=0, **noted)


def _backward(run: Run) -> bool:
    """One undo. Returns whether to go on at once."""
    while run.step >= 0 and run.saga.steps[run.step].undo is None:
        run.step -= 1
    if run.step < 0:
        run.step, run.status = 0, "undone"
        store.save(run, next_at=None, let_go=True)
        return False
    step = run.saga.steps[run.step]
    assert step.undo
    try:
        with within(STEP_SECONDS):
            state = step.undo(run.state, key=f"{run.id}:{step.slug}:undo")
    except Exception as error:
        return _pause(run, error, may_park=True)
    run.state = run.state if state is None else state
    run.step -= 1
    if run.step < 0:
        run.step, run.status = 0, "undone"
        store.save(run, attempts=0, next_at=None, let_go=True)
    else:
        store.save(run, attempts=0)
    return True


def _pause(run: Run, error: Exception, *, may_park: bool) -> bool:
    """Try the step with its key again: after 0.2 s, then 0.4 s, later doubling to 5 min; or ask an operator."""
    attempts = run.row.attempts + 1
    text = f"{type(error).__name__}: {error}"
    if may_park and attempts >= PARK_AFTER and _is_bug(error):
        _park(run, text, attempts=attempts)
        return False
    rest = rest_of(error)
    run.rests = rest > 0
    store.save(run, attempts=attempts, error=text, next_at=_later(attempts, rest=rest), let_go=True)
    return False


def _park(run: Run, cause: str, *, attempts: int) -> None:
    """Nothing moves it any more but an operator."""
    log.error("A saga is parked and needs an operator.", extra={"saga": run.id, "cause": cause})
    run.status = "parked"
    store.save(run, attempts=attempts, error=cause, next_at=None, let_go=True)


def _later(attempts: int, *, rest: float) -> datetime:
    """A short outage ends within the patience of whoever waits; a long one is not asked about twice a second.

    rest: seconds for which somebody outside is let rest; nobody need wait for that
    """
    doublings = max(min(attempts - 1, 1), attempts - BRISK)
    return clock.now() + timedelta(seconds=max(rest, min(300.0, 0.2 * 2 ** min(doublings, 12))))
