"""The pytest plugin: `--topology`, and the fixtures `world` and `committed_world`."""

import os
import tempfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from storefront.testing.world import World

CALLS = {"monolith": "local", "loopback": "loopback"}

# Set before Django reads its settings: each test process owns its files, and no thread of the shop runs beside it.
os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="storefront-test-"))
os.environ["STOREFRONT_BACKGROUND"] = "none"
os.environ.setdefault("THROTTLES", "off")
os.environ.setdefault("DATABASE_POOL", "5")  # a crowd of threads, over all aliases, stays within a stock PostgreSQL
os.environ.setdefault("STATEMENT_TIMEOUT_MS", "120000")  # a busy machine may take its time to make a test database


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which topology the same tests run in."""
    parser.addoption("--topology", choices=sorted(CALLS), default="monolith", help="how modules reach each other")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Choose how calls travel."""
    from django.conf import settings

    if settings.configured or os.environ.get("DJANGO_SETTINGS_MODULE"):
        settings.STOREFRONT_CALLS = CALLS[config.getoption("--topology")]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Open every module's database to the tests that ask for the world."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "committed_world" in fixtures:
            item.add_marker(pytest.mark.django_db(transaction=True, databases="__all__", serialized_rollback=True))
        elif "world" in fixtures:
            item.add_marker(pytest.mark.django_db(databases="__all__"))


@pytest.fixture
def world(db: None) -> Iterator["World"]:
    """The shop, rolled back after the test."""
    yield from _world()


@pytest.fixture
def committed_world(transactional_db: None) -> Iterator["World"]:
    """The shop with real commits, for tests with threads; emptied after the test."""
    yield from _world()


def _world() -> Iterator["World"]:
    from storefront import clock, schedule
    from storefront.calls import retry, transport
    from storefront.testing.world import World

    schedule.forget()
    retry.forget()
    try:
        yield World()
    finally:
        transport.STAND_INS.clear()
        clock.reset()
