"""How long operations have taken lately, so that work which cannot be done in time is not begun."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from storefront.calls.deadline import remaining
from storefront.interface import Unavailable

WEIGHT = 0.1
"""Of the newest duration in the moving mean. It starts at nothing, so that one slow first call turns nobody away."""


class CannotBeMet(Unavailable):
    """The operation takes longer, of late, than the caller will wait."""


class Pace:
    """Moving means per operation. Threads may overwrite each other's update: an estimate is not worth a lock."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def kept(self, operation: str) -> Iterator[None]:
        """Work that is worth beginning; how long it takes counts for the next ones.

        :raises CannotBeMet: it is not. Each such no lowers the estimate, so that it is put to the test again
        """
        left = remaining()
        if left is not None and 0 < left < self._seconds[operation]:
            self._seconds[operation] *= 1 - WEIGHT
            raise CannotBeMet(f"{operation} takes longer at this moment than the {left:.3f} s that are left.")
        began_at = time.monotonic()
        try:
            yield
        finally:
            self._seconds[operation] += WEIGHT * (time.monotonic() - began_at - self._seconds[operation])
