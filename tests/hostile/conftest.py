"""The shop under attack, rolled back after each test."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from storefront.testing.world import World
    from tests.hostile.shop import Shop


@pytest.fixture
def shop(world: "World") -> "Shop":
    """A shop with something of every kind."""
    from tests.hostile.shop import opened  # not before Django is set up

    return opened(world)
