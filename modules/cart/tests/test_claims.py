"""Freezing a cart while it is paid for."""

from datetime import timedelta

import pytest

from modules.cart import models
from modules.cart.audit import audit
from modules.cart.events import CartCompleted
from modules.cart.interface import Busy, Cart, CartView, Completed, Metadatum, WantedLine
from modules.cart.tests.market import TestMarket
from storefront.interface import MalformedCall, NotFound
from storefront.testing.world import World

MINE, YOURS = "ord_MINE", "ord_YOURS"


@pytest.fixture
def cart(world: World, market: TestMarket, carts: Cart) -> CartView:
    """Two red mugs."""
    return carts.create(key=world.key(), currency="EUR", lines=(WantedLine(sku="RED-MUG", quantity=2),))


def refuse_every_edit(world: World, carts: Cart, cart: CartView, *, refusal: type[Exception]) -> None:
    line = cart.lines[0].id
    for attempt in (
        lambda: carts.add_line(key=world.key(), cart_id=cart.id, sku="TEAPOT", quantity=1),
        lambda: carts.change_line(key=world.key(), cart_id=cart.id, line_id=line, quantity=9),
        lambda: carts.remove_line(key=world.key(), cart_id=cart.id, line_id=line),
        lambda: carts.change(key=world.key(), cart_id=cart.id, metadata=(Metadatum(key="a", value="b"),)),
        lambda: carts.discard(key=world.key(), cart_id=cart.id),
    ):
        with pytest.raises(refusal):
            attempt()
    left = carts.cart(cart_id=cart.id)
    assert (left.lines, left.version) == (cart.lines, cart.version)


class TestFreeze:
    def test_shows_the_cart_as_it_is(self, world: World, carts: Cart, cart: CartView) -> None:
        frozen = carts.freeze(key=world.key(), cart_id=cart.id, claim=MINE)

        assert [(line.id, line.quantity, line.unit_price) for line in frozen.lines] == [
            (line.id, line.quantity, line.unit_price) for line in cart.lines
        ]
        assert (frozen.is_completing, frozen.version, frozen.subtotal) == (True, cart.version, cart.subtotal)

    def test_takes_an_empty_cart(self, world: World, market: TestMarket, carts: Cart) -> None:
        empty = carts.create(key=world.key(), currency="EUR")

        assert carts.freeze(key=world.key(), cart_id=empty.id, claim=MINE).lines == ()

    def test_stops_every_edit(self, world: World, carts: Cart, cart: CartView) -> None:
        carts.freeze(key=world.key(), cart_id=cart.id, claim=MINE)

        refuse_every_edit(world, carts, cart, refusal=Busy)

    def test_refuses_another_claim(self, world: World, carts: Cart, cart: CartView) -> None:
        carts.freeze(key=world.key(), cart_id=cart.id, claim=MINE)

        with pytest.raises(Busy):
            carts.freeze(key=world.key(), cart_id=cart.id, claim=YOURS)

        assert models.Cart.objects.get().claim == MINE

    def test_extends_the_same_claim(self, world: World, carts: Cart, cart: CartView) -> None:
        carts.freeze(key=world.key(), cart_id=cart.id, claim=MINE)
        since = models.Cart.objects.get().completing_at
        world.clock.advance(minutes=4)

        carts.freeze(key=world.key(), cart_id=cart.id, claim=MINE)

        world.clock.advance(minutes=4)
        assert models.Cart.objects.get().completing_at == since
        refuse_every_edit(world, carts, cart, refusal=Busy)

    def test_frees_the_cart_after_five_minutes(self, world: World, carts: Cart, cart: CartView) -> None:
        carts.freeze(key=world.key(), cart_id=cart.id, claim=MINE)
        world.clock.advance(minutes=5, seconds=1)

        edited = carts.add_line(key=world.key(), cart_id=cart.id, sku="TEAPOT", quantity=1)

        assert not edited.is_completing
        assert models.Cart.objects.get().claim == ""
        assert carts.freeze(key=world.key(), cart_id=cart.id, claim=YOURS).is_completing

    def test_refuses_a_cart_that_nobody_opened(self, world: World, carts: Cart, cart: CartView) -> None:
        with pytest.raises(NotFound):
            carts.freeze(key=world.key(), cart_id="crt_NOBODY", claim=MINE)

    def test_needs_a_claim(self, world: World, carts: Cart, cart: CartView) -> None:
        with pytest.raises(MalformedCall):
            carts.freeze(key=world.key(), cart_id=cart.id, claim="")


class TestThaw:
    def test_frees_the_cart(self, world: World, carts: Cart, cart: CartView) -> None:
        carts.freeze(key=world.key(), cart_id=cart.id, claim=MINE)

        carts.thaw(key=world.key(), cart_id=cart.id, claim=MINE)

        assert carts.cart(cart_id=cart.id) == cart
        assert carts.freeze(key=world.key(), cart_id=cart.id, claim=YOURS).is_completing

    def test_touches_only_its_own_claim(self, world: World, carts: Cart, cart: CartView) -> None:
        carts.freeze(key=world.key(), cart_id=cart.id, claim=MINE)

        carts.thaw(key=world.key(), cart_id=cart.id, claim=YOURS)

        refuse_every_edit(world, carts, cart, refusal=Busy)

    @pytest.mark.parametrize("is_frozen_first", [True, False])
    def test_refuses_a_freeze_that_comes_late(
        self, is_frozen_first: bool, world: World, carts: Cart, cart: CartView
    ) -> None:
        if is_frozen_first:
            carts.freeze(key=world.key(), cart_id=cart.id, claim=MINE)
        for _ in range(2):
            carts.thaw(key=world.key(), cart_id=cart.id, claim=MINE)

        with pytest.raises(Busy):
            carts.freeze(key=world.key(), cart_id=cart.id, claim=MINE)

        assert carts.cart(cart_id=cart.id) == cart
        assert list(audit()) == []

    def test_leaves_a_completed_cart_completed(self, world: World, carts: Cart, cart: CartView) -> None:
        carts.complete(key=world.key(), cart_id=cart.id, claim=MINE)

        carts.thaw(key=world.key(), cart_id=cart.id, claim=MINE)

        assert carts.cart(cart_id=cart.id).is_completed

    def test_accepts_a_cart_that_is_gone(self, world: World, carts: Cart, cart: CartView) -> None:
        carts.thaw(key=world.key(), cart_id="crt_GONE", claim=MINE)

        assert models.Tombstone.objects.count() == 1

    def test_is_forgotten_after_a_week(self, world: World, carts: Cart, cart: CartView) -> None:
        carts.thaw(key=world.key(), cart_id=cart.id, claim=MINE)
        models.Tombstone.objects.update(created_at=models.Tombstone.objects.get().created_at - timedelta(days=8))

        world.settle()

        assert not models.Tombstone.objects.exists()


class TestComplete:
    def test_closes_the_cart_and_says_so(self, world: World, carts: Cart, cart: CartView) -> None:
        carts.freeze(key=world.key(), cart_id=cart.id, claim=MINE)

        carts.complete(key=world.key(), cart_id=cart.id, claim=MINE)

        assert world.published(CartCompleted) == [CartCompleted(cart_id=cart.id, order_id=MINE)]
        refuse_every_edit(world, carts, cart, refusal=Completed)
        with pytest.raises(Completed):
            carts.freeze(key=world.key(), cart_id=cart.id, claim=MINE)

    def test_shows_prices_as_they_were_bought(
        self, world: World, market: TestMarket, carts: Cart, cart: CartView
    ) -> None:
        carts.complete(key=world.key(), cart_id=cart.id, claim=MINE)
        market.sell("RED-MUG", 1)

        seen = carts.cart(cart_id=cart.id)

        assert (seen.subtotal, seen.lines[0].drifted_from) == (cart.subtotal, None)

    def test_twice_is_once(self, world: World, carts: Cart, cart: CartView) -> None:
        for _ in range(2):
            carts.complete(key=world.key(), cart_id=cart.id, claim=MINE)

        assert len(world.published(CartCompleted)) == 1

    def test_refuses_a_second_order(self, world: World, carts: Cart, cart: CartView) -> None:
        carts.complete(key=world.key(), cart_id=cart.id, claim=MINE)

        with pytest.raises(Completed):
            carts.complete(key=world.key(), cart_id=cart.id, claim=YOURS)

        assert models.Cart.objects.get().claim == MINE

    def test_works_after_the_claim_has_expired(self, world: World, carts: Cart, cart: CartView) -> None:
        carts.freeze(key=world.key(), cart_id=cart.id, claim=MINE)
        world.clock.advance(minutes=6)
        carts.freeze(key=world.key(), cart_id=cart.id, claim=YOURS)

        carts.complete(key=world.key(), cart_id=cart.id, claim=MINE)

        assert models.Cart.objects.get().claim == MINE
        with pytest.raises(Completed):
            carts.complete(key=world.key(), cart_id=cart.id, claim=YOURS)

    def test_refuses_a_claim_that_was_given_up(self, world: World, carts: Cart, cart: CartView) -> None:
        carts.thaw(key=world.key(), cart_id=cart.id, claim=MINE)

        with pytest.raises(NotFound, match="No claim"):
            carts.complete(key=world.key(), cart_id=cart.id, claim=MINE)

        assert world.published(CartCompleted) == []

    def test_refuses_a_cart_that_nobody_opened(self, world: World, carts: Cart, cart: CartView) -> None:
        with pytest.raises(NotFound, match="No cart"):
            carts.complete(key=world.key(), cart_id="crt_NOBODY", claim=MINE)
