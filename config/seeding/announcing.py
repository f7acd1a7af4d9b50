"""Lets every module hear what a seed announces, while it is still being made and until nothing is due."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Lock

from django.db import connections

from storefront.events.relay import deliver
from storefront.topology import modules_here

HANDS = 2
"""One waits for its database while the other works."""
BREATH_S = 0.1
TOLD_EVERY = 5_000

Tell = Callable[[str], None]


@contextmanager
def announcing(*, tell: Tell) -> Iterator[None]:
    """Deliver beside the block; after it, return when nothing is due."""
    ended, counted = Event(), _Counted(tell)
    with ThreadPoolExecutor(max_workers=HANDS, thread_name_prefix="announcing") as hands:
        running = [hands.submit(_deliver_until, ended, counted) for _ in range(HANDS)]
        try:
            yield
        finally:
            ended.set()
        for hand in running:
            hand.result()


def settle(*, tell: Tell) -> None:
    """Deliver what is due, so that the first page shows what is in stock."""
    counted = _Counted(tell)
    while done := sum(deliver(module) for module in modules_here()):
        counted.add(done)


def _deliver_until(ended: Event, counted: "_Counted") -> None:
    try:
        while True:
            is_last = ended.is_set()
            done = sum(deliver(module) for module in modules_here())
            counted.add(done)
            if not done and is_last:
                return
            if not done:
                ended.wait(BREATH_S)
    finally:
        connections.close_all()  # the thread's own


class _Counted:
    """Says now and then how many were delivered."""

    def __init__(self, tell: Tell) -> None:
        self._tell, self._lock, self._all, self._told = tell, Lock(), 0, 0

    def add(self, done: int) -> None:
        """So many more."""
        with self._lock:
            self._all += done
            if self._all - self._told >= TOLD_EVERY:
                self._told = self._all
                self._tell(f"{self._all} announcements delivered ...")
