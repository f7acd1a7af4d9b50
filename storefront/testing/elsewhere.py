"""The world when the shop runs in real processes: it works by itself, and a test can only wait and look."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections
from django.test import Client

from storefront import clock
from storefront.database.instant import adapted
from storefront.interface import Interface
from storefront.testing.broker import broker_of
from storefront.testing.client import ProcessClient, send_to
from storefront.testing.fake import FakeCarrier
from storefront.testing.managing import Said
from storefront.testing.processes import TESTS, UNHURRIED, Processes, programs_of, topology_of
from storefront.testing.statements import ELSEWHERE
from storefront.testing.world import TurnableClock, World
from storefront.topology import has_sagas, modules_here
from storefront.topology.routes import routes
from storefront.topology.wiring import wiring

SETTLE_SECONDS = 60
REST_SECONDS = 5
LOOK_AGAIN_SECONDS = 0.005

DELIVERY_PAUSE = timedelta(seconds=3)
SAGA_PAUSE = timedelta(seconds=0.5)
"""What will be due within so long counts as due: a neighbour was busy or not reached, and is asked again at once."""

_IN_HAND = "SELECT 1 FROM {module}_delivery WHERE lease_until > %(now)s LIMIT 1"
_OWED = """
SELECT 1 FROM {module}_delivery AS due WHERE due.lease_until > %(now)s OR (
    due.next_at <= %(soon)s AND NOT due.is_dead AND NOT EXISTS (
        SELECT 1 FROM {module}_delivery AS ahead
        WHERE ahead.subscriber = due.subscriber AND ahead.subject = due.subject AND ahead.id < due.id
          AND (ahead.is_dead OR ahead.next_at > %(soon)s))) LIMIT 1
"""
_MOVING = """
SELECT 1 FROM {module}_sagarow WHERE next_at <= %(soon)s OR (next_at IS NOT NULL AND lease_until > %(now)s) LIMIT 1
"""

_PLACE = ("STOREFRONT_TOPOLOGY", "STOREFRONT_PROCESS", "STOREFRONT_WIRING", "STOREFRONT_PATIENCE")
"""Where this process stands, and how long it waits; the settings are the test run's own while the shop is elsewhere."""


class ClockOfProcesses(TurnableClock):
    """Turns the clock of every process, and of the test."""

    def __init__(self, processes: Processes) -> None:
        self._processes = processes

    def advance(self, **duration: float) -> None:
        """Move on by e.g. `minutes=11`."""
        super().advance(**duration)
        self._processes.ask("turn_clock", seconds=timedelta(**duration).total_seconds())


class WorldOfProcesses(World):
    """The same shop, in processes of their own; what it does it does by itself."""

    def __init__(self, processes: Processes) -> None:
        super().__init__()
        self.processes = processes
        self.clock = ClockOfProcesses(processes)

    def fake(self, face: type[Interface], **operations: Callable[..., Any]) -> FakeCarrier:
        """Nobody stands in for a module of another process."""
        raise AssertionError(f"{face.__name__} runs in a real process; a test with fakes is one of a single module.")

    def settle(self) -> None:
        """Wait until nothing is due in any process and nobody is at work. What waits for a later time stays."""
        give_up_at = time.monotonic() + SETTLE_SECONDS
        before = None
        while time.monotonic() < give_up_at:
            standing = self.processes.ask("work")
            is_idle = not any(each.done or each.is_busy for each in standing)
            if is_idle and standing == before:
                return
            before = standing if is_idle and is_quiet() else None
            if before is None and is_idle:
                time.sleep(LOOK_AGAIN_SECONDS)
        raise AssertionError(f"The shop did not settle in {SETTLE_SECONDS} s.\n{self.processes.said()}")

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """As always: the processes never rest."""
        yield

    def manage(self, module: str, *words: str) -> Said:
        """Give it there, where nothing is installed but what that process runs."""
        process = self.processes.topology.provider_of(module)
        assert process, f"No process runs {module}."
        said: Said = self.processes.ask_one(process.name, "manage", words=words)
        return said

    def settle_nudged(self) -> None:
        """Have done what commits have left to do, in every process, while the background rests."""
        while any(self.processes.ask("work_nudged")) or not is_quiet():
            continue

    def rest(self) -> None:
        """Stop the work in every process, and let what is in somebody's hand be done; the test is over."""
        give_up_at = time.monotonic() + REST_SECONDS
        self.processes.ask("pause")
        while any(_finds(module, _IN_HAND) for module in modules_here()) and time.monotonic() < give_up_at:
            time.sleep(LOOK_AGAIN_SECONDS)


def is_quiet() -> bool:
    """Whether no delivery and no saga is due or in somebody's hand, by the databases."""
    return not any(_finds(module, _OWED, DELIVERY_PAUSE) for module in modules_here()) and not any(
        _finds(module, _MOVING, SAGA_PAUSE) for module in modules_here() if has_sagas(module)
    )


def _finds(module: str, sql: str, soon: timedelta = timedelta()) -> bool:
    now = clock.now()
    instants = {"now": adapted(module, now), "soon": adapted(module, now + soon)}
    with connections[module].cursor() as cursor:
        cursor.execute(sql.format(module=module), instants)
        return cursor.fetchone() is not None


@contextmanager
def started(name: str) -> Iterator[Processes]:
    """The shop in the processes of a topology, on the test databases that are open here; calls go to them.

    :raises ProcessTrouble: it does not start
    """
    known, project = settings.STOREFRONT_TOPOLOGY.modules, os.environ["DJANGO_SETTINGS_MODULE"]
    topology = topology_of(name, known, Path(settings.STOREFRONT_WIRING).parent / "topologies")
    names = {alias: str(connections[alias].settings_dict["NAME"]) for alias in connections}
    processes = Processes(topology, databases=names, settings=project, wiring=wiring())
    package, _, application = settings.WSGI_APPLICATION.rpartition(".")
    programs = programs_of(processes.topology, f"{package}:{application}", project.partition(".")[0])
    before = {each: getattr(settings, each) for each in _PLACE}
    try:
        with broker_of(name) as environment:
            processes.start(programs, environment)
            settings.STOREFRONT_TOPOLOGY = processes.topology_with_tests
            settings.STOREFRONT_PROCESS = processes.topology_with_tests.process(TESTS)
            settings.STOREFRONT_WIRING = str(processes.wiring_file)
            settings.STOREFRONT_PATIENCE = float(UNHURRIED["STOREFRONT_PATIENCE"])
            wiring.cache_clear()
            ELSEWHERE.append(processes)
            send_to(type("ClientOfTheRun", (ProcessClient,), {"topology": processes.topology, "routes": routes()}))
            yield processes
    finally:
        ELSEWHERE.clear()
        send_to(Client)
        processes.stop()
        for each, value in before.items():
            setattr(settings, each, value)
        wiring.cache_clear()
