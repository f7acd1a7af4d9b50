"""The pytest plugin: `--topology`, and the fixtures `world` and `committed_world`.

In `monolith` and `loopback` the shop runs in the test's own process. In the others it runs in real processes, with
real commits: every module in its own (`all-split`), one of them apart (`split:payments`), or one server with a Celery
worker per module (`celery-redis`, `celery-rabbitmq`). There only journeys are run: the tests that hold in any topology.
"""

import argparse
import os
import re
import tempfile
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from storefront.testing.processes import Processes
    from storefront.testing.world import World
    from storefront.topology.plan import Topology

CALLS = {"monolith": "local", "loopback": "loopback"}
OF_PROCESSES = re.compile(r"all-split|split:[a-z_]+|celery-(?:redis|rabbitmq)")

# Set before Django reads its settings: each test process owns its files, and no thread of the shop runs beside it.
os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="storefront-test-"))
os.environ["STOREFRONT_BACKGROUND"] = "none"
os.environ.setdefault("THROTTLES", "off")
os.environ.setdefault("WEBHOOK_THREADS", "0")
os.environ.setdefault("STOREFRONT_SECOND_FACTOR", "offered")  # a test of it says so
os.environ.setdefault("DATABASE_POOL", "5")  # a crowd of threads, over all aliases, stays within a stock PostgreSQL
os.environ.setdefault("DATABASE_POOL_SECONDS", "60")
os.environ.setdefault("STOREFRONT_WAITERS", "100")  # crowds in one process, on a busy machine
os.environ.setdefault("STATEMENT_TIMEOUT_MS", "120000")  # a busy machine may take its time to make a test database


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which topology the same tests run in."""
    parser.addoption(
        "--topology", type=_topology, default="monolith", metavar="NAME",
        help="monolith, loopback, all-split, split:MODULE, celery-redis or celery-rabbitmq: where modules run",
    )


def _topology(name: str) -> str:
    if name in CALLS or OF_PROCESSES.fullmatch(name):
        return name
    raise argparse.ArgumentTypeError(f"{name!r} is none of them: {', '.join(CALLS)}, {OF_PROCESSES.pattern}")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Choose how calls travel."""
    from django.conf import settings

    config.addinivalue_line("markers", "journey: holds in every topology, and is run in each")
    if settings.configured or os.environ.get("DJANGO_SETTINGS_MODULE"):
        settings.STOREFRONT_CALLS = CALLS.get(config.getoption("--topology"), "local")
        settings.STOREFRONT_TOPOLOGY = _with_home(settings.STOREFRONT_TOPOLOGY, settings.STOREFRONT_PROCESS.name)


def _with_home(topology: "Topology", name: str) -> "Topology":
    """With identity in that process, the tests' own: a module that has left finds no other to sign in at."""
    return topology._replace(
        processes=tuple(process._replace(identity=process.name == name) for process in topology.processes)
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Open every module's database to the tests that ask for the world; leave to real processes the journeys."""
    committed = pytest.mark.django_db(transaction=True, databases="__all__", serialized_rollback=True)
    is_elsewhere = _is_elsewhere(config)
    if is_elsewhere:
        left_out = [item for item in items if item.get_closest_marker("journey") is None]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "committed_world" in fixtures or (is_elsewhere and "world" in fixtures):
            item.add_marker(committed)
        elif "world" in fixtures:
            item.add_marker(pytest.mark.django_db(databases="__all__"))


def _is_elsewhere(config: pytest.Config) -> bool:
    return config.getoption("--topology") not in CALLS


@pytest.fixture(scope="session")
def shop_processes(request: pytest.FixtureRequest, django_db_setup: None) -> Iterator["Processes"]:
    """The processes of the chosen topology, on the databases of this run; gone when the run ends, however it ends."""
    from storefront.testing.elsewhere import started

    with started(request.config.getoption("--topology")) as processes:
        request.config.stash[_RUNNING] = processes
        yield processes


_RUNNING = pytest.StashKey[Any]()
_SAID = pytest.StashKey[dict[str, int]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What the processes logged meanwhile stands with a test that failed."""
    report = yield
    processes = item.config.stash.get(_RUNNING, None)
    if report.failed and processes is not None:
        report.sections.append(("Processes of the shop", processes.said(since=item.stash.get(_SAID, {}))))
    return report


@pytest.fixture
def world(request: pytest.FixtureRequest, db: None) -> Iterator["World"]:
    """The shop, rolled back after the test; emptied, where it runs in processes."""
    yield from _world_of_processes(request) if _is_elsewhere(request.config) else _world()


@pytest.fixture
def committed_world(request: pytest.FixtureRequest, transactional_db: None) -> Iterator["World"]:
    """The shop with real commits, for tests with threads; emptied after the test."""
    from storefront.testing.emptying import empty_quickly

    empty_quickly()
    yield from _world_of_processes(request) if _is_elsewhere(request.config) else _world()


def _world() -> Iterator["World"]:
    from storefront import clock, schedule
    from storefront.calls import retry, transport
    from storefront.events import transport as events
    from storefront.keeping.platform import JOB
    from storefront.testing.world import World
    from storefront.topology import modules_here, topology

    schedule.forget(but=JOB)  # a test's shop is new: nothing is old enough to be forgotten until its clock is turned
    retry.forget()
    events.STAND_INS.update({module: [] for module in set(topology().modules) - set(modules_here())})
    try:
        yield World()
    finally:
        transport.STAND_INS.clear()
        events.STAND_INS.clear()
        clock.reset()


def _world_of_processes(request: pytest.FixtureRequest) -> Iterator["World"]:
    from storefront import clock
    from storefront.calls import retry
    from storefront.testing.elsewhere import WorldOfProcesses
    from storefront.testing.emptying import empty_quickly

    empty_quickly()
    processes: Processes = request.getfixturevalue("shop_processes")
    request.node.stash[_SAID] = processes.said_so_far()
    retry.forget()
    processes.ask("start_test")
    world = WorldOfProcesses(processes)
    try:
        yield world
    finally:
        world.rest()
        clock.reset()
