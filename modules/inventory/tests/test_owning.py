"""What happens to stock once an order is placed."""

import pytest

from modules.inventory.events import StockRanLow
from modules.inventory.interface import NotArrived, ReservationLost
from modules.inventory.tests.conftest import StockRoom


class TestConsume:
    def test_turns_the_hold_into_an_allocation(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)

        stock.buy("ord_1", RED_MUG=2)

        level = stock.level("RED-MUG")
        assert (level.on_hand, level.allocated, level.reserved) == (5, 2, 0)
        assert stock.available("RED-MUG") == 3

    def test_is_safe_from_expiry(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)
        stock.buy("ord_1", RED_MUG=2)
        stock.world.clock.advance(hours=2)

        stock.world.settle()

        assert stock.available("RED-MUG") == 3

    def test_again_changes_nothing(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)
        first = stock.buy("ord_1", RED_MUG=2)

        assert stock.consume("ord_1") == first
        assert stock.level("RED-MUG").allocated == 2

    def test_refuses_an_order_that_holds_nothing(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)
        stock.reserve("ord_1", RED_MUG=2)
        stock.release("ord_1")

        for order_id in ("ord_1", "ord_unknown"):
            with pytest.raises(ReservationLost):
                stock.consume(order_id)


class TestRelease:
    def test_gives_back_what_was_held(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)
        stock.reserve("ord_1", RED_MUG=2)

        stock.release("ord_1")
        stock.release("ord_1")

        assert stock.available("RED-MUG") == 5

    def test_gives_back_what_was_allocated_and_not_shipped(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)
        stock.buy("ord_1", RED_MUG=3)
        stock.ship("ord_1", RED_MUG=1)

        stock.release("ord_1")

        level = stock.level("RED-MUG")
        assert (level.on_hand, level.allocated, stock.available("RED-MUG")) == (4, 0, 4)


class TestShip:
    def test_takes_units_off_the_shelf(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 2, "berlin")
        stock.receive("RED-MUG", 3, "hamburg")
        stock.buy("ord_1", RED_MUG=5)

        stock.ship("ord_1", RED_MUG=4)
        stock.ship("ord_1", RED_MUG=1)

        assert sum(level.on_hand for level in stock.inventory.levels(skus=("RED-MUG",))) == 0
        assert stock.inventory.reservation(order_id="ord_1").lines == ()

    def test_refuses_more_than_the_order_owns(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)
        stock.buy("ord_1", RED_MUG=2)

        with pytest.raises(NotArrived, match="3 to ship, 2 allocated"):
            stock.ship("ord_1", RED_MUG=3)

        assert stock.level("RED-MUG").on_hand == 5

    def test_refuses_an_order_that_is_not_placed(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)
        stock.reserve("ord_1", RED_MUG=2)

        with pytest.raises(ReservationLost):
            stock.ship("ord_1", RED_MUG=2)


class TestRunningLow:
    def test_is_told_once_with_the_order_that_crossed_the_threshold(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5, low=3)

        for number in range(1, 4):
            stock.buy(f"ord_{number}", RED_MUG=1)

        told = stock.world.published(StockRanLow)
        assert [(event.order_id, event.available, event.threshold) for event in told] == [("ord_2", 3, 3)]

    def test_is_not_told_of_mere_reservations(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5, low=3)

        stock.reserve("ord_1", RED_MUG=5)

        assert stock.world.published(StockRanLow) == []

    def test_is_told_again_after_stock_has_risen(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5, low=3)
        stock.buy("ord_1", RED_MUG=2)
        stock.adjust("RED-MUG", 5, reason="received")

        stock.buy("ord_2", RED_MUG=5)

        assert [event.order_id for event in stock.world.published(StockRanLow)] == ["ord_1", "ord_2"]
