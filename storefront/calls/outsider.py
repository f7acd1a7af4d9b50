"""Whoever stands outside the shop, such as a bank or a carrier: asked within a breaker, a retry budget and a cap.

Each kind of question has its own breaker: a bank whose refunds fail may still be asked what became of a payment. The
budget and the cap are the outsider's as a whole. What is not asked at all is `Resting`: certainly not executed.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import TypeVar

from django.conf import settings

from storefront.calls import retry
from storefront.calls.breaker import Breaker
from storefront.calls.deadline import remaining
from storefront.calls.retry import RetryBudget
from storefront.interface import DeadlineExceeded, OutcomeUnknown, Refusal, Unavailable

T = TypeVar("T")

FAIR_SECONDS = 1.0
"""Who was given less and did not answer has proved nothing."""
SLOW_SECONDS = 3.0
"""Of the moving mean, from which on one question at a time is asked, so that the others' threads stay free.

Twice what a bank takes that asks the card's issuer: a second or so is its ordinary day.
"""
WEIGHT = 0.3
"""Of the newest duration in the moving mean."""
UNANSWERED_SECONDS = 7.0
"""What a question counts for whose asker waited for a fair time and went without an answer."""
PATIENT_SECONDS = 4.0
"""Who has so much time may always ask; who has less and would not outlast the mean had better not begin to wait."""
REST_SECONDS = 2.0
"""How long it is worth waiting before a question that was not asked is put again."""
WELL_AFTER = 30
"""Answers in a row, after which an outsider may be asked again without measure: it is well, and work has piled up."""
SPARED_SECONDS = 5.0
"""One retry in so long is always granted, so that a quiet shop settles what it left open."""

_again: ContextVar["_Again | None"] = ContextVar("again", default=None)


class _Again:
    """One thing that is done again: looking up what became of it and, if need be, asking for it are paid for once."""

    is_paid = False


class Resting(Unavailable):
    """An outsider was not asked: it has not answered lately, is slow, or was asked again too often."""


class Patience(RetryBudget):
    """The retry budget of an outsider, who in a quiet shop is hardly ever asked for the first time."""

    def __init__(self) -> None:
        super().__init__()
        self._granted_at = time.monotonic()
        self.answers = 0
        """In a row."""

    def withdraw(self) -> bool:
        """Whether one more retry is allowed: out of the budget, or because it does no harm."""
        now = time.monotonic()
        is_spared = now - self._granted_at >= SPARED_SECONDS
        is_granted = self.answers >= WELL_AFTER or super().withdraw() or is_spared
        if is_granted:
            self._granted_at = now
        return is_granted


class Outsider:
    """What this process knows of one outsider."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.budget = Patience()
        self.breakers: dict[str, Breaker] = {}
        self.under_way = 0
        self.mean_seconds = 0.0
        self._lock = Lock()

    def breaker_of(self, kind: str) -> Breaker:
        """The one for this kind of question."""
        return self.breakers.get(kind) or self.breakers.setdefault(kind, Breaker())

    def ask(self, kind: str, question: Callable[[], T]) -> T:
        """Put a question of this kind to it, unless it had better be left alone.

        question: raises `Unavailable` if it was certainly not executed, `OutcomeUnknown` if it perhaps was

        :raises Resting: it was not asked
        """
        breaker = self.breaker_of(kind)
        self._check_time()
        with self._place():
            if not breaker.admits():
                raise Resting(f"{self.name} has not answered lately to {kind}; it is asked again in a moment.")
            if not self._affords():
                breaker.forgotten()
                raise Resting(f"{self.name} was asked to {kind} again too often; it is asked again in a moment.")
            return self._asked(breaker, question)

    def _check_time(self) -> None:
        """A shopper who is answered within two seconds holds a thread that others need, and for nothing."""
        left, needed = remaining(), min(self.mean_seconds, PATIENT_SECONDS)
        if left is not None and left < needed:
            raise Resting(f"{self.name} takes {self.mean_seconds:.1f} s of late, and {left:.1f} s are left.")

    def _affords(self) -> bool:
        again = _again.get()
        if again is None:
            self.budget.deposit()
            return True
        again.is_paid = again.is_paid or self.budget.withdraw()
        return again.is_paid

    @contextmanager
    def _place(self) -> Iterator[None]:
        """One slow outsider must not hold every thread of this process."""
        most = 1 if self.mean_seconds >= SLOW_SECONDS else settings.STOREFRONT_CALLS_SENT
        with self._lock:
            if self.under_way >= most:
                raise Resting(f"{self.name} is asked {self.under_way} questions already, and {most} at most.")
            self.under_way += 1
        try:
            yield
        finally:
            with self._lock:
                self.under_way -= 1

    def _asked(self, breaker: Breaker, question: Callable[[], T]) -> T:
        began_at, left = time.monotonic(), remaining()
        try:
            answer = question()
        except Refusal:
            self._answered(breaker, began_at)
            raise
        except DeadlineExceeded:
            breaker.forgotten()
            raise
        except OutcomeUnknown:
            if left is not None and left < FAIR_SECONDS:
                breaker.forgotten()
            else:
                waited = time.monotonic() - began_at
                self._missed(breaker, waited if waited < FAIR_SECONDS else UNANSWERED_SECONDS)
            raise
        except Exception:  # it is away, or speaks another language of late
            self._missed(breaker, time.monotonic() - began_at)
            raise
        except BaseException:
            breaker.forgotten()
            raise
        self._answered(breaker, began_at)
        return answer

    def _answered(self, breaker: Breaker, began_at: float) -> None:
        self.budget.answers += 1
        breaker.succeeded()
        self._took(time.monotonic() - began_at)

    def _missed(self, breaker: Breaker, seconds: float) -> None:
        self.budget.answers = 0
        breaker.failed()
        self._took(seconds)

    def _took(self, seconds: float) -> None:
        self.mean_seconds += WEIGHT * (seconds - self.mean_seconds)


@contextmanager
def repeating() -> Iterator[None]:
    """What is asked in here was asked before, or asks what became of that: it is paid for out of the retry budget.

    Once, however many questions it takes: who could pay for looking it up only would never come to ask for it.
    """
    token = _again.set(_Again())
    try:
        yield
    finally:
        _again.reset(token)


def rest_of(error: BaseException | None) -> float:
    """Seconds for which there is no use in trying again, because somebody outside rests; 0 if that is not why."""
    while error is not None and not isinstance(error, Resting):
        error = error.__cause__
    return REST_SECONDS if error else 0.0


_outsiders: dict[str, Outsider] = {}


def outsider(name: str) -> Outsider:
    """What this process knows of the outsider called `name`, such as `payments sandbox`."""
    return _outsiders.get(name) or _outsiders.setdefault(name, Outsider(name))


def outsiders() -> list[Outsider]:
    """Those that this process has asked."""
    return list(_outsiders.values())


retry.forgotten_too(_outsiders.clear)
os.register_at_fork(after_in_child=_outsiders.clear)
