"""The retry budget: retries may add a tenth to a callee's traffic, and no more.

Source: the retry budgets of Google's SRE book, chapter 21.
"""

from collections.abc import Callable
from threading import Lock

RATIO = 0.1
RESERVE = 10.0
"""Retries that a quiet callee may still be given at once."""


class RetryBudget:
    """A token bucket: each call pays in a tenth of a retry."""

    def __init__(self) -> None:
        self._tokens = RESERVE
        self._lock = Lock()

    def deposit(self) -> None:
        """One call was made."""
        with self._lock:
            self._tokens = min(RESERVE, self._tokens + RATIO)

    def withdraw(self) -> bool:
        """Whether one more retry is allowed; takes it if so."""
        with self._lock:
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True


_budgets: dict[str, RetryBudget] = {}
_others: list[Callable[[], None]] = []


def forget() -> None:
    """Begin with full budgets, as a process that has just started; tests."""
    _budgets.clear()
    for clear in _others:
        clear()


def forgotten_too(clear: Callable[[], None]) -> None:
    """Let `clear` be called whenever budgets are forgotten."""
    _others.append(clear)


def budget_of(module: str) -> RetryBudget:
    """The budget shared by all calls of this process to `module`."""
    return _budgets.get(module) or _budgets.setdefault(module, RetryBudget())
