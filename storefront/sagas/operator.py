"""What an operator may do with a saga: look, resume, skip a step, turn it round."""

from typing import Any

from storefront import clock
from storefront.interface import NotFound
from storefront.nudge import nudge
from storefront.sagas import store
from storefront.sagas.refusal import StepUnavailable
from storefront.sagas.store import Run


class SagaBusy(RuntimeError):
    """A runner holds the saga at this moment; try again in a few seconds."""


def listed(module: str, *, status: str = "") -> Any:
    """Sagas of a module that are not finished, or those of one status, oldest first."""
    rows = store.table(module).order_by("started_at")
    return rows.filter(status=status) if status else rows.exclude(status__in=("done", "undone"))


def resume(module: str, saga_id: str) -> None:
    """Try the present step again now, also of a parked saga.

    :raises NotFound: no such saga
    """
    run = _found(module, saga_id)
    status = run.status
    if status == "parked":
        status = "undoing" if run.row.refusal else "running"
    rows = store.table(module).filter(id=saga_id, status__in=("running", "undoing", "parked"))
    rows.update(status=status, next_at=clock.now(), attempts=0, unanswered=0)
    nudge(module, "sagas")


def skip(module: str, saga_id: str) -> None:
    """Count the present step, or undo, as done: the operator has seen to it by other means.

    :raises NotFound: no such saga
    :raises SagaBusy: a runner is at it
    :raises ValueError: the pivot cannot be skipped
    """
    run = _taken(module, saga_id)
    if run.status == "undoing":
        run.step -= 1
        run.status = "undone" if run.step < 0 else "undoing"
        run.step = max(run.step, 0)
    else:
        if run.saga.steps[run.step].is_pivot:
            store.save(run, next_at=clock.now(), let_go=True)
            raise ValueError("The pivot cannot be skipped; turn the saga round instead.")
        run.step += 1
        run.status = "done" if run.step == len(run.saga.steps) else "running"
    is_over = run.status in ("done", "undone")
    store.save(run, attempts=0, error="", next_at=None if is_over else clock.now(), let_go=True)
    nudge(module, "sagas")


def turn_round(module: str, saga_id: str) -> None:
    """Undo a saga that has not passed its pivot.

    :raises NotFound: no such saga
    :raises SagaBusy: a runner is at it
    :raises ValueError: it has passed the pivot
    """
    run = _taken(module, saga_id)
    if run.step > run.saga.pivot_at():
        store.save(run, next_at=clock.now(), let_go=True)
        raise ValueError("The saga has passed its pivot; it can only go on.")
    refusal = StepUnavailable(step=run.saga.steps[run.step].name)
    run.status = "undoing"
    store.save(run, refusal=store.refusal_text(refusal), attempts=0, next_at=clock.now(), let_go=True)
    nudge(module, "sagas")


def _found(module: str, saga_id: str) -> Run:
    row = store.table(module).filter(id=saga_id).first()
    if row is None:
        raise NotFound(kind="saga", id=saga_id)
    return Run(row)


def _taken(module: str, saga_id: str) -> Run:
    run = _found(module, saga_id)
    if run.status == "parked":
        resume(module, saga_id)
    taken = store.take(module, saga_id, as_operator=True)
    if taken is None:
        raise SagaBusy(f"Saga {saga_id} is being moved at this moment, or is finished.")
    return taken
