"""A shop under many hands, on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connections

if TYPE_CHECKING:  # models may be imported only once the apps are loaded
    from storefront.testing.world import World
    from tests.races.scene import Scene
    from tests.races.servers import Servers

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs processes is kept together, where the runner can."""
    for item in items:
        if HERE in item.path.parents and "servers" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("web processes"))


def pytest_itemcollected(item: pytest.Item) -> None:
    """All of it is said of PostgreSQL."""
    item.add_marker("postgresql")


@pytest.fixture(scope="session", params=[4, 2], ids=["four", "two"])
def servers(
    request: pytest.FixtureRequest, django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator["Servers"]:
    """Web processes over the databases of this run."""
    from tests.races.servers import serving

    for alias in connections:
        pool: Any = connections[alias]
        pool.close_pool()  # the server's connections are few
    with serving(request.param, tmp_path_factory.mktemp("servers")) as running:
        yield running


@pytest.fixture
def served(servers: "Servers", committed_world: "World") -> Iterator["Scene"]:
    """The shop in web processes. What everybody did must have left the books in order, and no trouble in any log."""
    from storefront.audit import findings
    from tests.races.scene import Scene

    scene = Scene(committed_world, servers)
    yield scene
    scene.settle()
    assert servers.complaints() == []
    assert list(findings()) == []


@pytest.fixture
def here(committed_world: "World") -> Iterator["Scene"]:
    """The shop in this process, asked by threads."""
    from storefront.audit import findings
    from tests.races.scene import Scene

    scene = Scene(committed_world)
    yield scene
    scene.settle()
    assert list(findings()) == []
