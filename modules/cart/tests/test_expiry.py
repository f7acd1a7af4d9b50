"""What goes, and what stays."""

import pytest

from modules.cart import models, tasks
from modules.cart.events import CartExpired
from modules.cart.interface import Cart, CartView, WantedLine
from modules.cart.tests.market import TestMarket
from storefront.testing.world import World


def opened(world: World, carts: Cart) -> CartView:
    return carts.create(key=world.key(), currency="EUR", lines=(WantedLine(sku="RED-MUG", quantity=1),))


def left() -> set[str]:
    return set(models.Cart.objects.values_list("id", flat=True))


class TestExpiry:
    def test_deletes_what_nobody_touched_for_thirty_days(
        self, world: World, market: TestMarket, carts: Cart
    ) -> None:
        old, touched = opened(world, carts), opened(world, carts)
        world.clock.advance(days=29)
        carts.add_line(key=world.key(), cart_id=touched.id, sku="TEAPOT", quantity=1)
        world.clock.advance(days=1, hours=1)

        world.settle()

        assert left() == {touched.id}
        assert models.Line.objects.filter(cart_id=old.id).count() == 0
        assert world.published(CartExpired) == [CartExpired(cart_id=old.id)]

    def test_keeps_everything_before_that(self, world: World, market: TestMarket, carts: Cart) -> None:
        cart = opened(world, carts)
        world.clock.advance(days=29, hours=23)

        world.settle()

        assert left() == {cart.id}

    def test_spares_a_cart_with_a_living_claim(self, world: World, market: TestMarket, carts: Cart) -> None:
        cart = opened(world, carts)
        carts.freeze(key=world.key(), cart_id=cart.id, claim="ord_MINE")
        models.Cart.objects.update(expires_at=models.Cart.objects.get().created_at)

        world.settle()

        assert left() == {cart.id}

    def test_gives_a_cart_thirty_more_days_when_it_is_frozen(
        self, world: World, market: TestMarket, carts: Cart
    ) -> None:
        cart = opened(world, carts)
        world.clock.advance(days=29)
        carts.freeze(key=world.key(), cart_id=cart.id, claim="ord_MINE")
        world.clock.advance(days=2)

        world.settle()

        assert left() == {cart.id}

    def test_keeps_a_completed_cart_for_ninety_days_and_then_says_nothing(
        self, world: World, market: TestMarket, carts: Cart
    ) -> None:
        cart = opened(world, carts)
        carts.complete(key=world.key(), cart_id=cart.id, claim="ord_MINE")
        world.clock.advance(days=89)
        world.settle()
        kept = left()
        world.clock.advance(days=1, hours=2)

        world.settle()

        assert (kept, left()) == ({cart.id}, set())
        assert world.published(CartExpired) == []

    def test_works_in_batches(
        self, world: World, market: TestMarket, carts: Cart, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for _ in range(5):
            opened(world, carts)
        monkeypatch.setattr(tasks, "BATCH", 2)
        world.clock.advance(days=31)

        world.settle()

        assert left() == set()
        assert len(world.published(CartExpired)) == 5
