"""Another process of the shop as this one sees it: connections, how many calls are under way, whether it answers."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from django.conf import settings

from storefront.calls.breaker import Breaker
from storefront.calls.connection import Connections
from storefront.interface import Unavailable
from storefront.topology.plan import Process


class Callee:
    """One per process of the topology."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.connections = Connections(process.url)
        self.breaker = Breaker()
        self.under_way = 0
        self._most = settings.STOREFRONT_CALLS_SENT
        self._lock = Lock()

    @contextmanager
    def place(self) -> Iterator[None]:
        """One of the calls that may be under way to it at once. One slow callee must not hold every thread.

        :raises Unavailable: all places are taken, or the callee has not answered lately
        """
        with self._lock:
            if self.under_way >= self._most:
                raise Unavailable(f"{self.process.name}: {self._most} calls are under way already.")
            self.under_way += 1
        try:
            if not self.breaker.admits():
                raise Unavailable(f"{self.process.name} has not answered lately; it is asked again in a moment.")
            yield
        finally:
            with self._lock:
                self.under_way -= 1


_callees: dict[Process, Callee] = {}


def callee_of(process: Process) -> Callee:
    """What this process knows of `process`."""
    return _callees.get(process) or _callees.setdefault(process, Callee(process))


def callees() -> list[Callee]:
    """Those that this process has called."""
    return list(_callees.values())


def forget() -> None:
    """Know nothing of any process, and keep no connection."""
    while _callees:
        _callees.popitem()[1].connections.close()


os.register_at_fork(after_in_child=forget)  # two processes must not read from one connection
