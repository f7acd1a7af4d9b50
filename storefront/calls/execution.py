"""The callee's side: runs a query, or a command with its key, its transaction and its answer."""

import hashlib
import math
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import msgspec
from django.db import InterfaceError, OperationalError, connections

from storefront import clock
from storefront.backoffice import acting
from storefront.calls import key as keys
from storefront.calls.deadline import remaining, seconds_for
from storefront.calls.provider import Body
from storefront.database.cutoff import cut_off_at_deadline
from storefront.database.unit import Unit, drop_if_broken, let_go, unit_of_work
from storefront.interface import (
    REFUSALS,
    DeadlineExceeded,
    InFlight,
    MalformedCall,
    Operation,
    OutcomeUnknown,
    Refusal,
    Unavailable,
)

POLL_SECONDS = 0.02


def execute(body: Body, request: bytes) -> tuple[Any, bool]:
    """Carry out one encoded request; returns the answer and whether its key had been answered before.

    :raises MalformedCall: the request does not fit the face
    :raises DeadlineExceeded: nobody waits for the answer any more
    """
    operation = body.operation
    try:
        decoded = operation.request_decoder.decode(request)
    except msgspec.ValidationError as error:
        raise MalformedCall(f"{operation.full_name}: {error}") from error
    arguments = {name: getattr(decoded, name) for name in operation.names}
    left = remaining()
    if left is not None and left <= 0:
        raise DeadlineExceeded(f"{operation.full_name}: no time is left.")
    try:
        if operation.kind == "query":
            return _run_query(body, arguments), False
        return _Command(body, arguments, request).run()
    except Refusal as refusal:
        if not operation.declared(refusal):
            raise MalformedCall(f"{operation.full_name} does not declare {type(refusal).__name__}.") from refusal
        raise
    finally:
        let_go(operation.module)


def _run_query(body: Body, arguments: dict[str, Any]) -> Any:
    if "now" in body.wants:
        arguments["now"] = clock.now()
    try:
        with cut_off_at_deadline((body.operation.module,)):
            return body.function(**arguments)
    except (OperationalError, InterfaceError) as error:
        drop_if_broken(body.operation.module)
        raise Unavailable(f"{body.operation.full_name}: {error}") from error


class _Command:
    def __init__(self, body: Body, arguments: dict[str, Any], request: bytes) -> None:
        self.body = body
        self.operation: Operation = body.operation
        self.module = body.operation.module
        self.key: str = arguments.pop("key")
        self.arguments = arguments
        self.request_hash = hashlib.sha256(request).hexdigest()

    def run(self) -> tuple[Any, bool]:
        if self.body.gather and not self._gather():
            return self._replay_only()
        while True:
            try:
                return self._attempt()
            except keys.UnderWay:
                self._wait_for_the_other()

    def _attempt(self) -> tuple[Any, bool]:
        try:
            return self._with_outside_work() if self.body.has_outside_work else self._in_one_transaction()
        except _Rolled as rolled:
            if self.body.has_outside_work:
                keys.give_back(self.module, self.key)  # the first half committed the claim; it is ours to answer
            return self._store_refusal(rolled.refusal)

    def _wait_for_the_other(self) -> None:
        """Whoever asks twice at once gets one effect and the same answer, so wait for the first one's."""
        left = remaining()
        if left is not None and left < POLL_SECONDS:
            raise InFlight(f"{self.operation.full_name} with this key is under way.")
        time.sleep(POLL_SECONDS)

    def _gather(self) -> bool:
        """Ask other modules first. Their refusal counts only if this key has no answer yet."""
        assert self.body.gather
        try:
            self.arguments["facts"] = self.body.gather(**self.arguments)
        except Refusal as refusal:
            self.gathering_refused = refusal
            return False
        except (OperationalError, InterfaceError) as error:
            drop_if_broken(self.module)
            raise Unavailable(f"{self.operation.full_name}: {error}") from error
        return True

    def _replay_only(self) -> tuple[Any, bool]:
        return self._store_refusal(self.gathering_refused)

    def _in_one_transaction(self) -> tuple[Any, bool]:
        with self._wanted_transaction() as unit:
            claim = self._claim(unit)
            if claim.answer is not None:
                return self._replay(claim)
            acting.began(unit, self.arguments)
            result = self._refusing(lambda: self.body.function(**self.arguments, **self._injected(claim)))
            self._answer(unit, result)
        return self._returned(result)

    def _with_outside_work(self) -> tuple[Any, bool]:
        """First transaction, the work outside, second transaction: a generator body's two halves.

        What was done outside is written down, however late it is.
        """
        with self._wanted_transaction() as unit:
            claim = self._claim(unit)
            if claim.answer is not None:
                return self._replay(claim)
            acting.began(unit, self.arguments)
            halves: Generator[Any, Any, Any] = self.body.function(**self.arguments, **self._injected(claim))
            done, yielded = self._advance(halves)
            if done:
                self._answer(unit, yielded)
        if done:
            return self._returned(yielded)
        try:
            found = yielded()
        except (Unavailable, OutcomeUnknown):
            keys.give_back(self.module, self.key)
            raise
        except (OperationalError, InterfaceError) as error:  # our own database, in the midst of the work
            drop_if_broken(self.module)
            keys.give_back(self.module, self.key)
            raise OutcomeUnknown(f"{self.operation.full_name}: {error}") from error
        try:
            return self._returned(self._second_half(halves, found))
        except Unavailable as error:  # not written down, but done outside
            keys.give_back(self.module, self.key)
            raise OutcomeUnknown(f"{error}") from error

    def _second_half(self, halves: Generator[Any, Any, Any], found: Any) -> Any:
        with self._transaction() as unit:
            unit.now = clock.now()
            done, result = self._advance(halves, found)
            if not done:
                raise MalformedCall(f"{self.operation.full_name} yields once at most.")
            self._answer(unit, result)
        return result

    def _advance(self, halves: Generator[Any, Any, Any], found: Any = None) -> tuple[bool, Any]:
        try:
            return False, self._refusing(lambda: halves.send(found))
        except StopIteration as stop:
            return True, stop.value

    @contextmanager
    def _transaction(self) -> Generator[Unit]:
        """The module's transaction, within what is left of the deadline, its failures told apart."""
        work = unit_of_work(self.module)
        try:
            wait_for_lock(self.module, self._seconds())
            with work as unit:
                yield unit
        except (OperationalError, InterfaceError) as error:
            drop_if_broken(self.module)
            message = f"{self.operation.full_name}: {error}"
            raise (OutcomeUnknown if work.unit.is_committing else Unavailable)(message) from error

    @contextmanager
    def _wanted_transaction(self) -> Generator[Unit]:
        """A transaction that is cut off once nobody waits for it any more."""
        with self._transaction() as unit, cut_off_at_deadline((self.module,)):
            yield unit

    def _seconds(self) -> float:
        left = remaining()
        own = seconds_for(self.operation)
        return own if left is None else max(0.001, min(left, own))

    def _claim(self, unit: Unit) -> keys.Claim:
        claim = keys.claim(
            self.module, self.key, self.operation.full_name, self.request_hash, seconds=self._seconds()
        )
        unit.now = claim.now
        return claim

    def _injected(self, claim: keys.Claim) -> dict[str, Any]:
        offered = {"now": claim.now, "key": self.key}
        return {name: value for name, value in offered.items() if name in self.body.wants}

    def _refusing(self, work: Any) -> Any:
        try:
            return work()
        except Refusal as refusal:
            raise _Rolled(refusal) from refusal

    def _answer(self, unit: Unit, result: Any) -> None:
        refusal = result if isinstance(result, Refusal) else None
        acting.answered(unit, self.operation, self.arguments, refusal)
        if refusal:
            keys.answer(unit, self.key, answer=_text(refusal.facts), refusal=refusal.code)
        else:
            keys.answer(unit, self.key, answer=_text(result))

    def _returned(self, result: Any) -> tuple[Any, bool]:
        if isinstance(result, Refusal):
            raise result
        return result, False

    def _replay(self, claim: keys.Claim) -> tuple[Any, bool]:
        assert claim.answer is not None
        if claim.refusal:
            refusal = REFUSALS[claim.refusal]
            again = refusal(**msgspec.structs.asdict(msgspec.json.decode(claim.answer, type=refusal.Facts)))
            again.is_replayed = True
            raise again
        return self.operation.answer_decoder.decode(claim.answer), True

    def _store_refusal(self, refusal: Refusal) -> tuple[Any, bool]:
        """A refusal is an answer: its effects are rolled back, then it is kept under the key."""
        with self._wanted_transaction() as unit:
            claim = self._claim(unit)
            if claim.answer is not None:
                return self._replay(claim)
            self._answer(unit, refusal)
        raise refusal


class _Rolled(Exception):
    """Carries a refusal out of the transaction that it rolls back."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def wait_for_lock(module: str, seconds: float) -> None:
    """SQLite waits for its one writer at most as long as the caller waits for the answer."""
    connection = connections[module]
    if connection.vendor == "sqlite" and not math.isinf(seconds):
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
