"""What the tests of shipping stand on. Models are imported late: this file is read before the apps are loaded."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from modules.shipping.tests.dock import Dock
    from storefront.testing.world import World


@pytest.fixture
def dock(world: "World") -> "Dock":
    """A dock in a world that is rolled back."""
    from modules.shipping.tests.dock import Dock

    return Dock(world)


@pytest.fixture(autouse=True)
def _fresh_tariff() -> Iterator[None]:
    from modules.shipping import tariff

    tariff.forget()
    yield
    tariff.forget()
