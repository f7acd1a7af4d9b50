"""Opening and changing carts."""

from typing import Any

import pytest

from modules.cart.audit import audit
from modules.cart.interface import (
    Cart,
    CartView,
    Metadatum,
    NoSuchCurrency,
    NotForSale,
    Stale,
    TooMany,
    TooMuch,
    WantedLine,
)
from modules.cart.models import Line
from modules.cart.tests.market import TestMarket
from storefront.interface import KeyReused, NotFound, Unavailable
from storefront.money import LARGEST_AMOUNT, Money
from storefront.testing.world import World


def lines(**quantities: int) -> tuple[WantedLine, ...]:
    return tuple(WantedLine(sku=sku.replace("_", "-"), quantity=quantity) for sku, quantity in quantities.items())


@pytest.fixture
def mugs(world: World, market: TestMarket, carts: Cart) -> CartView:
    """A cart with two red mugs."""
    return carts.create(key=world.key(), currency="EUR", lines=lines(RED_MUG=2))


def amounts(cart: CartView) -> dict[str, int]:
    return {line.sku: line.quantity for line in cart.lines}


class TestCreate:
    def test_prices_lines_from_the_catalogue(self, mugs: CartView) -> None:
        [line] = mugs.lines

        assert (line.title, line.unit_price, line.total) == ("Red mug", Money(1250, "EUR"), Money(2500, "EUR"))
        assert (mugs.subtotal, mugs.version, line.availability) == (Money(2500, "EUR"), 1, "in_stock")

    def test_merges_lines_of_one_sku_and_keeps_the_order(self, world: World, market: TestMarket, carts: Cart) -> None:
        wanted = (*lines(TEAPOT=1, RED_MUG=2), *lines(TEAPOT=3))

        cart = carts.create(key=world.key(), currency="EUR", lines=wanted)

        assert list(amounts(cart).items()) == [("TEAPOT", 4), ("RED-MUG", 2)]
        assert carts.cart(cart_id=cart.id) == cart

    def test_opens_an_empty_cart_without_asking_anybody(self, world: World, market: TestMarket, carts: Cart) -> None:
        cart = carts.create(key=world.key(), currency="JPY")

        assert (cart.lines, cart.subtotal) == ((), Money(0, "JPY"))
        assert market.catalog.calls == market.inventory.calls == []

    def test_makes_ids_that_nobody_guesses(self, mugs: CartView) -> None:
        assert len(mugs.id) == len("crt_") + 36

    @pytest.mark.parametrize("price", [LARGEST_AMOUNT // 9_999 + 1, 10**17, 2**63 - 1])
    def test_refuses_more_than_anybody_can_be_charged(
        self, world: World, market: TestMarket, carts: Cart, price: int
    ) -> None:
        market.sell("RED-MUG", price)

        with pytest.raises(TooMuch, match=r"more than 90071992547409\.91 EUR"):
            carts.create(key=world.key(), currency="EUR", lines=lines(RED_MUG=9_999))

        assert not Line.objects.exists()

    def test_takes_as_much_as_can_be_charged_and_no_unit_more(
        self, world: World, market: TestMarket, carts: Cart
    ) -> None:
        market.sell("RED-MUG", LARGEST_AMOUNT // 7)
        cart = carts.create(key=world.key(), currency="EUR", lines=lines(RED_MUG=7))

        with pytest.raises(TooMuch):
            carts.change_line(key=world.key(), cart_id=cart.id, line_id=cart.lines[0].id, quantity=8)
        with pytest.raises(TooMuch):
            carts.add_line(key=world.key(), cart_id=cart.id, sku="TEAPOT", quantity=9_999)

        assert carts.cart(cart_id=cart.id) == cart

    def test_refuses_what_is_not_on_sale(self, world: World, market: TestMarket, carts: Cart) -> None:
        with pytest.raises(NotForSale, match="GHOST is not on sale in EUR"):
            carts.create(key=world.key(), currency="EUR", lines=lines(RED_MUG=1, GHOST=1))

        assert not Line.objects.exists()

    @pytest.mark.parametrize("currency", ["XXX", "ZZZ", "XAU"])
    def test_refuses_what_is_no_currency(self, currency: str, world: World, market: TestMarket, carts: Cart) -> None:
        with pytest.raises(NoSuchCurrency, match=currency):
            carts.create(key=world.key(), currency=currency)

    def test_refuses_more_than_the_limit_of_a_merged_line(self, world: World, market: TestMarket, carts: Cart) -> None:
        with pytest.raises(TooMany, match="10000 requested; at most 9999"):
            carts.create(key=world.key(), currency="EUR", lines=(*lines(RED_MUG=9_999), *lines(RED_MUG=1)))

    def test_refuses_more_than_fifty_metadata(self, world: World, market: TestMarket, carts: Cart) -> None:
        many = tuple(Metadatum(key=f"note {number}", value="x") for number in range(51))

        with pytest.raises(TooMany, match="51 requested; at most 50"):
            carts.create(key=world.key(), currency="EUR", metadata=many)

    def test_with_one_key_opens_one_cart(self, world: World, market: TestMarket, carts: Cart) -> None:
        key = world.key()

        first, second = (carts.create(key=key, currency="EUR", lines=lines(RED_MUG=1)) for _ in range(2))

        assert first == second
        assert Line.objects.count() == 1

    def test_waits_for_a_catalog_that_is_away(self, world: World, market: TestMarket, carts: Cart) -> None:
        market.is_catalog_silent = True

        with pytest.raises(Unavailable):
            carts.create(key=world.key(), currency="EUR", lines=lines(RED_MUG=1))


class TestAddLine:
    def test_puts_a_new_sku_last(self, world: World, carts: Cart, mugs: CartView) -> None:
        cart = carts.add_line(key=world.key(), cart_id=mugs.id, sku="BLUE-MUG", quantity=3)

        assert amounts(cart) == {"RED-MUG": 2, "BLUE-MUG": 3}
        assert (cart.version, cart.subtotal) == (2, Money(5200, "EUR"))
        assert carts.cart(cart_id=mugs.id) == cart

    def test_grows_the_line_of_a_known_sku(self, world: World, carts: Cart, mugs: CartView) -> None:
        cart = carts.add_line(key=world.key(), cart_id=mugs.id, sku="RED-MUG", quantity=3)

        assert amounts(cart) == {"RED-MUG": 5}
        assert cart.lines[0].id == mugs.lines[0].id
        assert carts.cart(cart_id=mugs.id) == cart

    def test_with_one_key_adds_once(self, world: World, carts: Cart, mugs: CartView) -> None:
        key = world.key()

        for _ in range(3):
            carts.add_line(key=key, cart_id=mugs.id, sku="RED-MUG", quantity=1)

        assert amounts(carts.cart(cart_id=mugs.id)) == {"RED-MUG": 3}

    def test_refuses_a_key_used_for_another_request(self, world: World, carts: Cart, mugs: CartView) -> None:
        key = world.key()
        carts.add_line(key=key, cart_id=mugs.id, sku="RED-MUG", quantity=1)

        with pytest.raises(KeyReused):
            carts.add_line(key=key, cart_id=mugs.id, sku="RED-MUG", quantity=2)

    @pytest.mark.parametrize("sku", ["GHOST", "", "A" * 65, "RED\0MUG", "RED\nMUG", "\N{PILE OF POO}" * 64])
    def test_refuses_what_nobody_sells(self, sku: str, world: World, carts: Cart, mugs: CartView) -> None:
        with pytest.raises(NotForSale):
            carts.add_line(key=world.key(), cart_id=mugs.id, sku=sku, quantity=1)

        assert carts.cart(cart_id=mugs.id) == mugs

    def test_refuses_the_ten_thousandth_unit(self, world: World, carts: Cart, mugs: CartView) -> None:
        with pytest.raises(TooMany, match="10000 requested; at most 9999"):
            carts.add_line(key=world.key(), cart_id=mugs.id, sku="RED-MUG", quantity=9_998)

        assert carts.cart(cart_id=mugs.id) == mugs

    def test_refuses_the_line_beyond_the_limit(
        self, world: World, carts: Cart, mugs: CartView, settings: Any
    ) -> None:
        settings.CART = {"max_lines": 1}

        with pytest.raises(TooMany, match="2 requested; at most 1"):
            carts.add_line(key=world.key(), cart_id=mugs.id, sku="TEAPOT", quantity=1)

        assert amounts(carts.add_line(key=world.key(), cart_id=mugs.id, sku="RED-MUG", quantity=1)) == {"RED-MUG": 3}

    def test_holds_a_hundred_lines(self, world: World, market: TestMarket, carts: Cart) -> None:
        skus = [f"MUG-{number}" for number in range(101)]
        for sku in skus:
            market.sell(sku, 100)
        wanted = tuple(WantedLine(sku=sku, quantity=1) for sku in skus[:100])

        cart = carts.create(key=world.key(), currency="EUR", lines=wanted)

        assert [line.sku for line in carts.cart(cart_id=cart.id).lines] == skus[:100]
        with pytest.raises(TooMany, match="101 requested; at most 100"):
            carts.add_line(key=world.key(), cart_id=cart.id, sku=skus[100], quantity=1)

    @pytest.mark.parametrize("cart_id", ["crt_NOBODY", "", "crt_\0", "x" * 300])
    def test_refuses_a_cart_that_nobody_opened(
        self, cart_id: str, world: World, market: TestMarket, carts: Cart
    ) -> None:
        with pytest.raises(NotFound, match="No cart with the id"):
            carts.add_line(key=world.key(), cart_id=cart_id, sku="RED-MUG", quantity=1)

    def test_works_while_inventory_is_away(
        self, world: World, market: TestMarket, carts: Cart, mugs: CartView
    ) -> None:
        market.is_inventory_silent = True

        cart = carts.add_line(key=world.key(), cart_id=mugs.id, sku="BLUE-MUG", quantity=1)

        assert {line.availability for line in cart.lines} == {"unknown"}


class TestExpectedVersion:
    def test_admits_who_has_read_the_present_version(self, world: World, carts: Cart, mugs: CartView) -> None:
        cart = carts.add_line(key=world.key(), cart_id=mugs.id, sku="RED-MUG", quantity=1, expected_version=1)

        assert cart.version == 2

    @pytest.mark.parametrize("expected", [0, 2, 99])
    def test_refuses_who_has_not(self, expected: int, world: World, carts: Cart, mugs: CartView) -> None:
        line_id, stale = mugs.lines[0].id, {"cart_id": mugs.id, "expected_version": expected}

        for attempt in (
            lambda: carts.add_line(key=world.key(), sku="RED-MUG", quantity=1, **stale),  # type: ignore[arg-type]
            lambda: carts.change_line(key=world.key(), line_id=line_id, quantity=1, **stale),  # type: ignore[arg-type]
            lambda: carts.remove_line(key=world.key(), line_id=line_id, **stale),  # type: ignore[arg-type]
            lambda: carts.change(key=world.key(), metadata=(), **stale),  # type: ignore[arg-type]
            lambda: carts.discard(key=world.key(), **stale),  # type: ignore[arg-type]
        ):
            with pytest.raises(Stale, match=f"at version 1, not {expected}"):
                attempt()

        assert carts.cart(cart_id=mugs.id) == mugs


class TestChangeLine:
    def test_sets_the_quantity(self, world: World, carts: Cart, mugs: CartView) -> None:
        cart = carts.change_line(key=world.key(), cart_id=mugs.id, line_id=mugs.lines[0].id, quantity=7)

        assert (amounts(cart), cart.version) == ({"RED-MUG": 7}, 2)
        assert carts.cart(cart_id=mugs.id) == cart

    def test_refuses_a_line_of_another_cart(self, world: World, carts: Cart, mugs: CartView) -> None:
        other = carts.create(key=world.key(), currency="EUR", lines=lines(TEAPOT=1))

        with pytest.raises(NotFound, match="No line with the id"):
            carts.change_line(key=world.key(), cart_id=mugs.id, line_id=other.lines[0].id, quantity=7)

        assert carts.cart(cart_id=other.id) == other


class TestRemoveLine:
    def test_takes_the_line_out(self, world: World, carts: Cart, mugs: CartView) -> None:
        both = carts.add_line(key=world.key(), cart_id=mugs.id, sku="BLUE-MUG", quantity=1)

        cart = carts.remove_line(key=world.key(), cart_id=mugs.id, line_id=both.lines[0].id)

        assert (amounts(cart), cart.subtotal, cart.version) == ({"BLUE-MUG": 1}, Money(900, "EUR"), 3)
        assert carts.cart(cart_id=mugs.id) == cart


class TestChange:
    def test_replaces_the_metadata_by_key(self, world: World, carts: Cart, mugs: CartView) -> None:
        carts.change(key=world.key(), cart_id=mugs.id, metadata=(Metadatum(key="gift", value="yes"),))
        noted = [("note", "Grüße ☕"), ("a", "1"), ("a", "2")]
        metadata = tuple(Metadatum(key=key, value=value) for key, value in noted)

        cart = carts.change(key=world.key(), cart_id=mugs.id, metadata=metadata)

        assert [(entry.key, entry.value) for entry in cart.metadata] == [("a", "2"), ("note", "Grüße ☕")]
        assert carts.cart(cart_id=mugs.id) == cart


class TestDiscard:
    def test_deletes_the_cart_and_its_lines(self, world: World, carts: Cart, mugs: CartView) -> None:
        carts.discard(key=world.key(), cart_id=mugs.id)

        with pytest.raises(NotFound):
            carts.cart(cart_id=mugs.id)
        assert not Line.objects.exists()

    def test_leaves_other_carts_alone(self, world: World, carts: Cart, mugs: CartView) -> None:
        other = carts.create(key=world.key(), currency="EUR", lines=lines(TEAPOT=1))

        carts.discard(key=world.key(), cart_id=mugs.id)

        assert carts.cart(cart_id=other.id) == other
        assert list(audit()) == []
