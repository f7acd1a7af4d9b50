"""Many at once on one cart, with real commits."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections, transaction
from django.test import Client

from modules.cart import claims, models
from modules.cart.audit import audit
from modules.cart.events import CartCompleted
from modules.cart.interface import Busy, Cart, CartView, Completed, WantedLine
from modules.cart.tests.conftest import stocked
from modules.cart.tests.market import TestMarket
from storefront import clock
from storefront.interface import NotFound, Refusal
from storefront.testing.world import World

THREADS = 16


@pytest.fixture
def market(committed_world: World) -> TestMarket:
    """The market, for tests with real commits."""
    return stocked(committed_world)


@pytest.fixture
def cart(committed_world: World, market: TestMarket, carts: Cart) -> CartView:
    """One red mug."""
    return carts.create(key=committed_world.key(), currency="EUR", lines=(WantedLine(sku="RED-MUG", quantity=1),))


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Start all together; what each returned, or the refusal that it met. Any other error fails the test."""
    start = threading.Barrier(len(works))
    found: list[Any] = [None] * len(works)

    def run(index: int, work: Callable[[], Any]) -> None:
        start.wait()
        try:
            found[index] = work()
        except Exception as error:
            found[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for answer in found:
        if isinstance(answer, Exception) and not isinstance(answer, Refusal):
            raise answer
    return found


def begun(work: Callable[[], Any]) -> Callable[[], Any]:
    """Start it in a thread and let it run into whoever holds the cart; the returned function waits for its end."""

    def run() -> Any:
        try:
            return work()
        except Refusal as refusal:
            return refusal
        finally:
            connections.close_all()

    with_one_thread = ThreadPoolExecutor(1)
    future = with_one_thread.submit(run)
    with_one_thread.shutdown(wait=False)
    time.sleep(0.3)
    assert not future.done(), "It did not wait for the cart's row."
    return future.result


def adding(world: World, carts: Cart, cart: CartView, sku: str, **how: Any) -> Callable[[], CartView]:
    key = how.pop("key", None) or world.key()
    return lambda: carts.add_line(key=key, cart_id=cart.id, sku=sku, quantity=1, **how)


class TestAddingAtOnce:
    def test_counts_every_unit_of_one_sku(self, committed_world: World, carts: Cart, cart: CartView) -> None:
        answers = at_once(*(adding(committed_world, carts, cart, "RED-MUG") for _ in range(THREADS)))

        seen = carts.cart(cart_id=cart.id)
        assert (seen.lines[0].quantity, seen.version) == (1 + THREADS, 1 + THREADS)
        assert sorted(answer.version for answer in answers) == list(range(2, 2 + THREADS))
        assert all(answer.lines[0].quantity == answer.version for answer in answers)

    def test_keeps_every_line_of_sixteen_skus(
        self, committed_world: World, market: TestMarket, carts: Cart, cart: CartView
    ) -> None:
        skus = [f"MUG-{number}" for number in range(THREADS)]
        for sku in skus:
            market.sell(sku, 100)

        answers = at_once(*(adding(committed_world, carts, cart, sku) for sku in skus))

        assert {line.sku for line in carts.cart(cart_id=cart.id).lines} == {"RED-MUG", *skus}
        assert all(len(answer.lines) == answer.version for answer in answers)

    def test_with_one_key_has_one_effect(self, committed_world: World, carts: Cart, cart: CartView) -> None:
        key = committed_world.key()

        answers = at_once(*(adding(committed_world, carts, cart, "RED-MUG", key=key) for _ in range(THREADS)))

        assert carts.cart(cart_id=cart.id).lines[0].quantity == 2
        assert len({answer.version for answer in answers}) == 1

    def test_with_one_expected_version_has_one_winner(
        self, committed_world: World, carts: Cart, cart: CartView
    ) -> None:
        works = [adding(committed_world, carts, cart, "RED-MUG", expected_version=1) for _ in range(THREADS)]

        answers = at_once(*works)

        assert sum(isinstance(answer, CartView) for answer in answers) == 1
        assert carts.cart(cart_id=cart.id).lines[0].quantity == 2

    def test_never_exceeds_a_limit(
        self, committed_world: World, carts: Cart, cart: CartView, settings: Any
    ) -> None:
        settings.CART = {"max_quantity": 5}

        answers = at_once(*(adding(committed_world, carts, cart, "RED-MUG") for _ in range(THREADS)))

        assert sum(isinstance(answer, CartView) for answer in answers) == 4
        assert carts.cart(cart_id=cart.id).lines[0].quantity == 5

    def test_answers_nobody_with_a_server_error(
        self, committed_world: World, carts: Cart, cart: CartView
    ) -> None:
        def post() -> int:
            path, body = f"/api/v1/carts/{cart.id}/lines", {"sku": "RED-MUG", "quantity": 1}
            return Client().post(path, body, content_type="application/json").status_code

        statuses = at_once(*[post] * THREADS)

        assert set(statuses) == {201}
        assert carts.cart(cart_id=cart.id).lines[0].quantity == 1 + THREADS


class TestClaimingAtOnce:
    def test_has_one_winner(self, committed_world: World, carts: Cart, cart: CartView) -> None:
        def freeze(claim: str) -> Callable[[], CartView]:
            return lambda: carts.freeze(key=committed_world.key(), cart_id=cart.id, claim=claim)

        answers = at_once(*(freeze(f"ord_{number}") for number in range(THREADS)))

        [winner] = [number for number, answer in enumerate(answers) if isinstance(answer, CartView)]
        assert models.Cart.objects.get().claim == f"ord_{winner}"
        assert all(isinstance(answer, Busy) for number, answer in enumerate(answers) if number != winner)

    @pytest.mark.rival("spree#11286", "spree#8540")
    def test_shows_the_claimant_what_nobody_changes_any_more(
        self, committed_world: World, carts: Cart, cart: CartView
    ) -> None:
        def freeze() -> CartView:
            return carts.freeze(key=committed_world.key(), cart_id=cart.id, claim="ord_MINE")

        works = [adding(committed_world, carts, cart, "RED-MUG") for _ in range(THREADS - 1)]

        frozen = at_once(freeze, *works)[0]

        seen = carts.cart(cart_id=cart.id)
        assert (frozen.version, frozen.lines[0].quantity) == (seen.version, seen.lines[0].quantity)
        assert seen.lines[0].quantity == seen.version

    def test_never_leaves_a_claim_that_was_given_up(
        self, committed_world: World, carts: Cart, cart: CartView
    ) -> None:
        def freeze(claim: str) -> Callable[[], CartView]:
            return lambda: carts.freeze(key=committed_world.key(), cart_id=cart.id, claim=claim)

        def thaw(claim: str) -> Callable[[], None]:
            return lambda: carts.thaw(key=committed_world.key(), cart_id=cart.id, claim=claim)

        at_once(*(work(f"ord_{number}") for number in range(THREADS // 2) for work in (freeze, thaw)))

        assert not carts.cart(cart_id=cart.id).is_completing
        assert list(audit()) == []

    def test_refuses_a_freeze_that_waited_for_its_thaw(
        self, committed_world: World, carts: Cart, cart: CartView
    ) -> None:
        claimed = {"cart_id": cart.id, "claim": "ord_MINE"}

        with transaction.atomic(using="cart"):
            claims.thaw(**claimed, now=clock.now())
            late = begun(lambda: carts.freeze(key=committed_world.key(), **claimed))

        assert isinstance(late(), Busy)
        assert not carts.cart(cart_id=cart.id).is_completing

    def test_undoes_a_freeze_that_the_thaw_has_waited_for(
        self, committed_world: World, carts: Cart, cart: CartView
    ) -> None:
        claimed = {"cart_id": cart.id, "claim": "ord_MINE"}

        with transaction.atomic(using="cart"):
            claims.freeze(**claimed, now=clock.now())
            late = begun(lambda: carts.thaw(key=committed_world.key(), **claimed))

        assert late() is None
        assert not carts.cart(cart_id=cart.id).is_completing

    def test_completes_for_one_order(self, committed_world: World, carts: Cart, cart: CartView) -> None:
        def complete(number: int) -> Callable[[], None]:
            return lambda: carts.complete(key=committed_world.key(), cart_id=cart.id, claim=f"ord_{number % 4}")

        answers = at_once(*(complete(number) for number in range(THREADS)))

        [completed] = committed_world.published(CartCompleted)
        assert sum(answer is None for answer in answers) == THREADS // 4
        assert all(isinstance(answer, Completed) for answer in answers if answer is not None)
        assert models.Cart.objects.get().claim == completed.order_id


class TestDiscardingAtOnce:
    def test_leaves_no_line_behind(self, committed_world: World, carts: Cart, cart: CartView) -> None:
        def discard() -> None:
            carts.discard(key=committed_world.key(), cart_id=cart.id)

        works = [adding(committed_world, carts, cart, "TEAPOT") for _ in range(THREADS - 1)]

        answers = at_once(*works[:8], discard, *works[8:])

        assert answers[8] is None
        assert all(isinstance(answer, (CartView, NotFound)) for index, answer in enumerate(answers) if index != 8)
        assert not models.Line.objects.exists()
