"""How long the work at hand may still take. Monotonic inside a process, relative between processes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings

from storefront.interface import Operation

DEADLINE: ContextVar[float | None] = ContextVar("deadline", default=None)
"""The instant, on the monotonic clock, after which nobody waits for the answer any more."""


def seconds_for(operation: Operation) -> float:
    """What an operation may take: what its face says, times `STOREFRONT_PATIENCE` where machines are slow or busy."""
    return operation.timeout * settings.STOREFRONT_PATIENCE  # type: ignore[no-any-return]


def remaining() -> float | None:
    """Seconds left, perhaps negative; None where nobody set a deadline."""
    at = DEADLINE.get()
    return None if at is None else at - time.monotonic()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Work that must be done in `seconds`, or sooner if the caller has less time."""
    own, outer = time.monotonic() + seconds, DEADLINE.get()
    token = DEADLINE.set(own if outer is None else min(own, outer))
    try:
        yield
    finally:
        DEADLINE.reset(token)
