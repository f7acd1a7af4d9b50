"""Prices that move, SKUs that leave, modules that do not answer."""

import pytest

from modules.cart.interface import Cart, CartView, NotForSale, WantedLine
from modules.cart.tests.market import TestMarket
from storefront.money import LARGEST_AMOUNT, Money
from storefront.testing.world import World


@pytest.fixture
def cart(world: World, market: TestMarket, carts: Cart) -> CartView:
    """Two red mugs and a teapot: 65.00 EUR."""
    wanted = (WantedLine(sku="RED-MUG", quantity=2), WantedLine(sku="TEAPOT", quantity=1))
    return carts.create(key=world.key(), currency="EUR", lines=wanted)


class TestDrift:
    def test_is_shown_on_every_read(self, market: TestMarket, carts: Cart, cart: CartView) -> None:
        market.sell("RED-MUG", 1400)

        for _ in range(2):
            mug, teapot = carts.cart(cart_id=cart.id).lines
            assert (mug.unit_price, mug.drifted_from) == (Money(1400, "EUR"), Money(1250, "EUR"))
            assert teapot.drifted_from is None

    def test_moves_the_totals(self, market: TestMarket, carts: Cart, cart: CartView) -> None:
        market.sell("RED-MUG", 1000)

        seen = carts.cart(cart_id=cart.id)

        assert (seen.lines[0].total, seen.subtotal) == (Money(2000, "EUR"), Money(6000, "EUR"))
        assert seen.version == cart.version

    def test_is_shown_by_the_next_change_and_then_acknowledged(
        self, world: World, market: TestMarket, carts: Cart, cart: CartView
    ) -> None:
        market.sell("RED-MUG", 1400)

        answer = carts.add_line(key=world.key(), cart_id=cart.id, sku="BLUE-MUG", quantity=1)

        assert answer.lines[0].drifted_from == Money(1250, "EUR")
        mug = carts.cart(cart_id=cart.id).lines[0]
        assert (mug.unit_price, mug.drifted_from) == (Money(1400, "EUR"), None)

    def test_is_gone_when_the_price_comes_back(self, market: TestMarket, carts: Cart, cart: CartView) -> None:
        market.sell("RED-MUG", 1400)
        market.sell("RED-MUG", 1250)

        assert carts.cart(cart_id=cart.id) == cart


class TestSkuThatLeft:
    def test_is_shown_as_unavailable_at_its_last_price(
        self, market: TestMarket, carts: Cart, cart: CartView
    ) -> None:
        market.withdraw("TEAPOT")

        mug, teapot = carts.cart(cart_id=cart.id).lines

        assert (teapot.availability, teapot.unit_price, teapot.title) == ("unavailable", Money(4000, "EUR"), "Teapot")
        assert mug.availability == "in_stock"

    def test_may_be_lowered_and_taken_out_but_not_raised(
        self, world: World, market: TestMarket, carts: Cart, cart: CartView
    ) -> None:
        market.withdraw("RED-MUG")
        line = cart.lines[0].id

        with pytest.raises(NotForSale):
            carts.change_line(key=world.key(), cart_id=cart.id, line_id=line, quantity=3)
        lowered = carts.change_line(key=world.key(), cart_id=cart.id, line_id=line, quantity=1)
        emptied = carts.remove_line(key=world.key(), cart_id=cart.id, line_id=line)

        assert lowered.lines[0].quantity == 1
        assert [left.sku for left in emptied.lines] == ["TEAPOT"]


class TestAPriceBeyondAllMoney:
    def test_leaves_the_cart_in_sight_at_the_last_prices(
        self, world: World, market: TestMarket, carts: Cart, cart: CartView
    ) -> None:
        market.sell("RED-MUG", LARGEST_AMOUNT)

        assert carts.cart(cart_id=cart.id) == cart
        emptied = carts.remove_line(key=world.key(), cart_id=cart.id, line_id=cart.lines[0].id)
        assert [left.sku for left in emptied.lines] == ["TEAPOT"]


class TestReading:
    def test_needs_no_catalog(self, market: TestMarket, carts: Cart, cart: CartView) -> None:
        market.sell("RED-MUG", 1400)
        market.is_catalog_silent = True

        assert carts.cart(cart_id=cart.id) == cart

    def test_needs_no_inventory(self, market: TestMarket, carts: Cart, cart: CartView) -> None:
        market.is_inventory_silent = True

        assert [line.availability for line in carts.cart(cart_id=cart.id).lines] == ["unknown", "unknown"]

    def test_tells_a_sku_that_was_never_stocked(self, market: TestMarket, carts: Cart, cart: CartView) -> None:
        del market.bands["TEAPOT"]

        assert [line.availability for line in carts.cart(cart_id=cart.id).lines] == ["in_stock", "out_of_stock"]

    def test_lets_lines_be_taken_out_without_a_catalog(
        self, world: World, market: TestMarket, carts: Cart, cart: CartView
    ) -> None:
        market.is_catalog_silent = market.is_inventory_silent = True

        left = carts.remove_line(key=world.key(), cart_id=cart.id, line_id=cart.lines[0].id)

        assert [(line.sku, line.unit_price) for line in left.lines] == [("TEAPOT", Money(4000, "EUR"))]
