"""The journey under load with a watch on the processes behind it, and the same journey with its statements counted."""

import json
import time
from collections.abc import Callable
from urllib.request import urlopen

import msgspec

from benchmarks.database import Database
from benchmarks.journey import Operation
from benchmarks.processes import busy_seconds, cpu_seconds, with_children
from benchmarks.report import Measured
from benchmarks.shop import Server
from benchmarks.wire import Journey, drive

WARM_UP_SECONDS = 1.0
SETTLE_SECONDS = 120.0
COUNTED = 50
"""How often an operation is done to count its statements."""


def measure(server: Server, database: Database, operation: Operation, *, clients: int, seconds: float) -> Measured:
    """One operation under load. CPU is counted until nothing is left to do, so it includes what follows unwaited."""
    drive(server.origin, operation.begin, clients=clients, seconds=WARM_UP_SECONDS)
    settle(database)
    watched = Watch(server, database)
    tally = drive(server.origin, operation.begin, clients=clients, seconds=seconds)
    driver, others = watched.driver_seconds(), watched.others_cores(tally.seconds)
    settled = settle(database)
    done = max(1, len(tally.durations))
    return msgspec.structs.replace(
        Measured.of(operation.name, tally), settled_s=round(settled, 2), driver_cpu_ms=_each(driver, done),
        others_cores=others,
        server_cpu_ms=_each(watched.server_seconds(), done), database_cpu_ms=_each(watched.database_seconds(), done),
    )


class Watch:
    """CPU seconds since it was made, of the three who share the cores."""

    def __init__(self, server: Server, database: Database) -> None:
        self._server, self._database = with_children(server.pid), database
        backends = database.backends()  # those that come later count from their start
        self._driver_before, self._busy_before = time.process_time(), busy_seconds()
        self._server_before, self._database_before = cpu_seconds(self._server), cpu_seconds(backends)

    def driver_seconds(self) -> float:
        """Of this process."""
        return time.process_time() - self._driver_before

    def server_seconds(self) -> float:
        """Of granian and its workers."""
        return cpu_seconds(self._server) - self._server_before

    def database_seconds(self) -> float:
        """Of the database's processes that serve the shop."""
        return cpu_seconds(self._database.backends()) - self._database_before

    def others_cores(self, seconds: float) -> float:
        """Cores that everybody else took on average: neighbours, and PostgreSQL's own housekeeping."""
        own = self.driver_seconds() + self.server_seconds() + self.database_seconds()
        return round(max(0.0, busy_seconds() - self._busy_before - own) / seconds, 2)


def settle(database: Database) -> float:
    """Wait until every delivery and saga is seen to. Returns how many seconds it took.

    :raises TimeoutError: after two minutes
    """
    began_at = time.monotonic()
    while left := database.backlog():
        if time.monotonic() - began_at > SETTLE_SECONDS:
            raise TimeoutError(f"{left} deliveries and sagas are left after {SETTLE_SECONDS:.0f} s.")
        time.sleep(0.05)
    return time.monotonic() - began_at


def counted(server: Server, database: Database, operation: Operation, measured: Measured) -> Measured:
    """The same operation done one by one by a server that counts, and the counts added to what was measured."""
    _times(server, operation.begin, 5)
    settle(database)
    before = _counts(server)
    _times(server, operation.begin, COUNTED)
    settle(database)
    counts = {name: (count - before.get(name, 0)) / COUNTED for name, count in _counts(server).items()}
    return msgspec.structs.replace(
        measured, statements=counts.get("statements at once", 0), commits=counts.get("commits at once", 0),
        later_statements=counts.get("statements later", 0),
    )


def _times(server: Server, begin: Callable[[], Journey], count: int) -> None:
    tally = drive(server.origin, begin, clients=1, count=count)
    if tally.failures:
        raise RuntimeError(f"An operation failed while it was counted: {next(iter(tally.failures))}")


def _counts(server: Server) -> dict[str, int]:
    with urlopen(f"{server.origin}/_statements", timeout=10) as answer:
        counts: dict[str, int] = json.load(answer)
        return counts


def _each(seconds: float, count: int) -> float:
    return round(seconds * 1000 / count, 3)
