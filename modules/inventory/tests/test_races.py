"""Many at once, with real threads and real commits."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connections

from modules.inventory.interface import BelowPromised, OutOfStock
from modules.inventory.tests.conftest import StockRoom, lines
from storefront.interface import OutcomeUnknown, Refusal, Unavailable


def at_once(actions: Sequence[Callable[[], object]]) -> Counter[str]:
    """Run all of them at the same moment; how many succeeded, and which refusals there were."""
    barrier = threading.Barrier(len(actions))

    def run(action: Callable[[], object]) -> str:
        barrier.wait()
        try:
            action()
        except Refusal as refusal:
            return type(refusal).__name__
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(len(actions)) as threads:
        return Counter(threads.map(run, actions))


def patiently(call: Callable[[str], object], key: str) -> object:
    """As a saga does it: the same key until there is an answer."""
    while True:
        try:
            return call(key)
        except (Unavailable, OutcomeUnknown):
            continue


def reserving(stock: StockRoom, order_id: str, **units: int) -> Callable[[], object]:
    """A buyer."""
    return lambda: patiently(
        lambda key: stock.inventory.reserve(key=key, order_id=order_id, lines=lines(**units)), f"buy:{order_id}"
    )


@pytest.mark.proves("R17", "I1")
@pytest.mark.rival("medusa#16569", "vendure#1738")
class TestBuyersAtOnce:
    def test_get_twenty_units_and_no_more(self, committed_stock: StockRoom) -> None:
        committed_stock.receive("RED-MUG", 20)

        outcome = at_once([reserving(committed_stock, f"ord_{n}", RED_MUG=1) for n in range(32)])

        assert outcome == {"done": 20, OutOfStock.__name__: 12}
        assert committed_stock.available("RED-MUG") == 0

    def test_get_the_last_unit_once(self, committed_stock: StockRoom) -> None:
        committed_stock.receive("RED-MUG", 1)

        outcome = at_once([reserving(committed_stock, f"ord_{n}", RED_MUG=1) for n in range(16)])

        assert outcome == {"done": 1, OutOfStock.__name__: 15}

    def test_get_the_last_units_of_overdue_reservations(self, committed_stock: StockRoom) -> None:
        committed_stock.receive("RED-MUG", 8)
        committed_stock.receive("BLUE-MUG", 8)
        for number in range(4):
            committed_stock.reserve(f"ord_old_{number}", RED_MUG=2, BLUE_MUG=2)
        committed_stock.world.clock.advance(minutes=11)

        outcome = at_once([
            *(reserving(committed_stock, f"ord_red_{n}", RED_MUG=1) for n in range(10)),
            *(reserving(committed_stock, f"ord_blue_{n}", BLUE_MUG=1) for n in range(10)),
            committed_stock.world.settle,
        ])

        assert outcome == {"done": 17, OutOfStock.__name__: 4}

    @pytest.mark.proves("R18")
    @pytest.mark.rival("django-oscar#1811")
    def test_with_reversed_carts_do_not_block_each_other(self, committed_stock: StockRoom) -> None:
        committed_stock.receive("RED-MUG", 40)
        committed_stock.receive("BLUE-MUG", 40)

        outcome = at_once([
            reserving(committed_stock, f"ord_{n}", RED_MUG=1, BLUE_MUG=1) if n % 2 else
            reserving(committed_stock, f"ord_{n}", BLUE_MUG=1, RED_MUG=1)
            for n in range(24)
        ])

        assert outcome == {"done": 24}
        assert (committed_stock.available("RED-MUG"), committed_stock.available("BLUE-MUG")) == (16, 16)

    def test_for_one_order_hold_once(self, committed_stock: StockRoom) -> None:
        committed_stock.receive("RED-MUG", 20)

        def attempt(number: int) -> None:
            patiently(
                lambda key: committed_stock.inventory.reserve(key=key, order_id="ord_1", lines=lines(RED_MUG=2)),
                f"try:{number}",
            )

        outcome = at_once([partial(attempt, number) for number in range(8)])

        assert outcome == {"done": 8}
        assert committed_stock.available("RED-MUG") == 18


@pytest.mark.proves("I1")
@pytest.mark.rival("medusa#12401")
class TestStocktakingAmidBuyers:
    def test_never_takes_away_what_was_promised(self, committed_stock: StockRoom) -> None:
        committed_stock.receive("RED-MUG", 10)

        def take_away(number: int) -> None:
            patiently(
                lambda key: committed_stock.inventory.adjust(
                    key=key, sku="RED-MUG", location="berlin", change=-2, reason="broken", actor="ada"
                ),
                f"adjust:{number}",
            )

        outcome = at_once([
            *(reserving(committed_stock, f"ord_{n}", RED_MUG=1) for n in range(10)),
            *(partial(take_away, number) for number in range(4)),
        ])

        level = committed_stock.level("RED-MUG")
        adjusted = (10 - level.on_hand) // 2
        assert outcome["done"] == adjusted + level.reserved
        assert outcome[OutOfStock.__name__] == 10 - level.reserved
        assert outcome[BelowPromised.__name__] == 4 - adjusted
        assert level.on_hand - level.reserved in (0, 1)


@pytest.mark.proves("R18", "I1")
class TestOrdersAtOnce:
    def test_reserve_consume_and_release_without_a_deadlock(self, committed_stock: StockRoom) -> None:
        committed_stock.receive("RED-MUG", 6, limit=4)
        committed_stock.receive("BLUE-MUG", 6)

        def live(number: int) -> None:
            order_id, inventory = f"ord_{number}", committed_stock.inventory
            reserving(committed_stock, order_id, RED_MUG=1, BLUE_MUG=1)()
            patiently(lambda key: inventory.consume(key=key, order_id=order_id), f"consume:{order_id}")
            if number % 2:
                patiently(lambda key: inventory.release(key=key, order_id=order_id), f"release:{order_id}")

        outcome = at_once([partial(live, number) for number in range(12)])

        owned = committed_stock.level("BLUE-MUG").allocated
        assert outcome["done"] + outcome[OutOfStock.__name__] == 12
        assert owned <= 6
        assert committed_stock.available("BLUE-MUG") == 6 - owned
