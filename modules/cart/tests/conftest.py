"""The market, and a cart's face, for every test of cart."""

import pytest

from modules.cart.interface import Cart
from modules.cart.tests.market import TestMarket
from storefront.interface import connect
from storefront.testing.world import World


@pytest.fixture
def market(world: World) -> TestMarket:
    """A red mug at 12.50 EUR, a blue one at 9.00, a teapot at 40.00 that runs low."""
    return stocked(world)


def stocked(world: World) -> TestMarket:
    """The same for tests with real commits."""
    market = TestMarket(world)
    market.sell("RED-MUG", 1250)
    market.sell("BLUE-MUG", 900)
    market.sell("TEAPOT", 4000, band="low_stock")
    return market


@pytest.fixture
def carts() -> Cart:
    """The face under test."""
    return connect(Cart)
