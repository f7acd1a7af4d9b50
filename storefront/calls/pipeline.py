"""Every call goes through here: no open transaction, a deadline, bounds, the platform's own retries."""

import random
import time
from contextvars import ContextVar
from typing import Any

from storefront.calls import transport
from storefront.calls.carrier import Answer, AnswerLost, CalleeFailed
from storefront.calls.deadline import DEADLINE, seconds_for
from storefront.calls.outsider import rest_of
from storefront.calls.request import written
from storefront.calls.retry import budget_of
from storefront.calls.wire import MAX_BYTES
from storefront.database.guard import CallInsideTransaction, open_transaction
from storefront.interface import DeadlineExceeded, MalformedCall, Operation, Refusal, Unavailable

MAX_ITEMS = 500
RETRIES = 2

_replayed: ContextVar[bool] = ContextVar("replayed", default=False)


def call(operation: Operation, arguments: dict[str, Any]) -> Any:
    """Carry one call out, in this process or another.

    :raises CallInsideTransaction: a transaction is open, on whatever database
    :raises MalformedCall: the arguments break the face's contract
    :raises Unavailable: certainly not executed
    :raises OutcomeUnknown: perhaps executed
    """
    alias = open_transaction()
    if alias:
        raise CallInsideTransaction(f"{operation.full_name} was called while a transaction on {alias!r} is open.")
    body = encoded(operation, arguments)
    own, outer = time.monotonic() + seconds_for(operation), DEADLINE.get()
    token = DEADLINE.set(own if outer is None or own < outer else outer)
    try:
        answer = _send(operation, body)
    except Refusal as refusal:
        if operation.kind == "command":
            _replayed.set(refusal.is_replayed)
        raise
    finally:
        DEADLINE.reset(token)
    if operation.kind == "command":
        _replayed.set(answer.replayed)
    return answer.value


def was_replayed() -> bool:
    """Whether the last command of this context was answered from its key, not carried out again."""
    return _replayed.get()


def forget_replay() -> None:
    """A new piece of work begins in this context: it has sent no command yet."""
    _replayed.set(False)


def encoded(operation: Operation, arguments: dict[str, Any]) -> bytes:
    """The request on the wire, within bounds.

    :raises MalformedCall: for an unknown or missing argument, over 500 items, or over 256 KiB
    """
    try:
        body = written(operation, arguments)
    except TypeError as error:
        raise MalformedCall(f"{operation.full_name}: {error}") from error
    check_bounds(operation, body, arguments.values())
    return body


def check_bounds(operation: Operation, body: bytes, items: Any) -> None:
    """Refuse what is too large to be sent to another process.

    :raises MalformedCall: over 500 items in one tuple, or over 256 KiB
    """
    if len(body) > MAX_BYTES:
        raise MalformedCall(f"{operation.full_name}: {len(body)} bytes; at most {MAX_BYTES} cross a border.")
    for item in items:
        if type(item) is tuple and len(item) > MAX_ITEMS:
            raise MalformedCall(f"{operation.full_name}: {len(item)} items; at most {MAX_ITEMS} cross a border.")


def _send(operation: Operation, body: bytes) -> Answer:
    budget = budget_of(operation.module)
    budget.deposit()
    lost: AnswerLost | None = None
    for attempt in range(RETRIES + 1):
        try:
            return transport.carrier_of(operation.module).carry(operation, body)
        except (Unavailable, AnswerLost) as error:  # of other unknown outcomes the callee itself knows no more
            lost = error if isinstance(error, AnswerLost) else lost
            pause = random.uniform(0.005, 0.02 * 4**attempt)  # noqa: S311  # jitter, not a secret
            is_vain = isinstance(error, (CalleeFailed, DeadlineExceeded)) or rest_of(error) > 0
            is_over = is_vain or attempt == RETRIES or _left() < pause
            if is_over or not budget.withdraw():
                raise lost or error from error.__cause__  # once lost, it was perhaps executed, whatever came then
            time.sleep(pause)
    raise AssertionError("unreachable")


def _left() -> float:
    at = DEADLINE.get()
    return float("inf") if at is None else at - time.monotonic()
