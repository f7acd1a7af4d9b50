"""A circuit breaker per callee: after failures in a row, calls fail at once until one probe succeeds.

Ours because a call must not hold a lock while it waits: pybreaker runs each call inside the breaker's own lock, so one
slow callee would be asked by one thread at a time.
"""

import time
from threading import Lock

FAILURES = 5
"""In a row, with no success between, before it opens."""
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0


class Breaker:
    """Closed, open, or half-open with one probe under way. A refusal is a success: the callee is there."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._failures = 0
        self._pause_seconds = FIRST_PAUSE_SECONDS
        self._opens_again_at: float | None = None  # monotonic; None while closed
        self._is_probing = False

    @property
    def state(self) -> str:
        """`closed`, `open` or `half-open`."""
        if self._opens_again_at is None:
            return "closed"
        return "half-open" if self._is_probing or time.monotonic() >= self._opens_again_at else "open"

    def admits(self) -> bool:
        """Whether to call now. Who is admitted must tell how it went: `succeeded`, `failed` or `forgotten`."""
        if self._opens_again_at is None:
            return True
        with self._lock:
            if self._is_probing or time.monotonic() < (self._opens_again_at or 0.0):
                return False
            self._is_probing = True
            return True

    def succeeded(self) -> None:
        """The callee answered."""
        if not self._failures and self._opens_again_at is None:
            return
        with self._lock:
            self._failures, self._pause_seconds = 0, FIRST_PAUSE_SECONDS
            self._opens_again_at, self._is_probing = None, False

    def failed(self) -> None:
        """The callee could not be reached, or did not answer."""
        with self._lock:
            self._failures += 1
            if self._is_probing:
                self._pause_seconds = min(LONGEST_PAUSE_SECONDS, self._pause_seconds * 2)
            if self._is_probing or (self._opens_again_at is None and self._failures >= FAILURES):
                self._opens_again_at = time.monotonic() + self._pause_seconds
            self._is_probing = False

    def forgotten(self) -> None:
        """The call says nothing of the callee: it was given too little time, or was never sent."""
        with self._lock:
            self._is_probing = False
