"""How many SQL statements a request costs in cart, bookkeeping included."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from modules.cart.interface import Cart, CartView, WantedLine
from modules.cart.tests.market import TestMarket
from storefront.testing.world import World


@pytest.fixture
def cart(world: World, market: TestMarket, carts: Cart) -> CartView:
    """One red mug and a teapot whose price has moved since."""
    wanted = (WantedLine(sku="RED-MUG", quantity=1), WantedLine(sku="TEAPOT", quantity=1))
    cart = carts.create(key=world.key(), currency="EUR", lines=wanted)
    market.sell("TEAPOT", 4500)
    return cart


def statements(work: Callable[[], Any]) -> list[str]:
    with CaptureQueriesContext(connections["cart"]) as captured:
        work()
    return [query["sql"] for query in captured.captured_queries]


class TestStatements:
    """With the transaction's begin and end (a savepoint here); catalog and inventory add a statement each."""

    @pytest.fixture(autouse=True)
    def _on_postgresql_in_one_piece(self, request: pytest.FixtureRequest, cart: CartView) -> None:
        self.is_postgresql = connections["cart"].vendor == "postgresql"
        self.sends = 1 if request.config.getoption("--topology") == "monolith" else 2

    def test_of_an_added_line(
        self, world: World, market: TestMarket, carts: Cart, cart: CartView
    ) -> None:
        market.catalog.calls.clear()
        market.inventory.calls.clear()

        found = statements(
            lambda: carts.add_line(key=world.key(), cart_id=cart.id, sku="BLUE-MUG", quantity=1)
        )

        assert [name for name, _ in market.catalog.calls + market.inventory.calls] == (
            ["quotes"] * self.sends + ["availability"] * self.sends
        )
        if self.is_postgresql and self.sends == 1:
            assert len(found) <= 6, found  # the cart, BEGIN, the key, the change, the answer, COMMIT

    def test_of_a_cart_opened_with_a_line(self, world: World, carts: Cart) -> None:
        wanted = (WantedLine(sku="RED-MUG", quantity=1),)

        found = statements(lambda: carts.create(key=world.key(), currency="EUR", lines=wanted))

        if self.is_postgresql and self.sends == 1:
            assert len(found) <= 5, found

    def test_of_a_cart_that_is_read(self, carts: Cart, cart: CartView) -> None:
        assert len(statements(lambda: carts.cart(cart_id=cart.id))) == 1

    def test_of_a_cart_that_is_frozen_and_completed(
        self, world: World, carts: Cart, cart: CartView
    ) -> None:
        claimed = {"cart_id": cart.id, "claim": "ord_MINE"}

        freezing = statements(lambda: carts.freeze(key=world.key(), **claimed))
        completing = statements(lambda: carts.complete(key=world.key(), **claimed))

        if self.is_postgresql and self.sends == 1:
            assert len(freezing) <= 6, freezing
            assert len(completing) <= 6, completing  # with the row that announces it
