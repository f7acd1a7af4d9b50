"""Promising units before they are there."""

from datetime import date

import pytest

from modules.inventory.events import BackorderFilled
from modules.inventory.interface import NotArrived, OutOfStock, ReservedLine
from modules.inventory.tests.conftest import StockRoom

MAY = date(2027, 5, 1)


class TestBackorder:
    def test_promises_up_to_its_limit(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 1, limit=3)

        held = stock.reserve("ord_1", RED_MUG=3)

        assert held.lines == (ReservedLine(sku="RED-MUG", quantity=3, backordered=2),)
        assert (stock.shows("RED-MUG").band, stock.shows("RED-MUG").backorderable) == ("backorder", 1)

    def test_beyond_its_limit_is_refused(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 1, limit=3)
        stock.reserve("ord_1", RED_MUG=3)

        with pytest.raises(OutOfStock, match="2 requested, 1 available"):
            stock.reserve("ord_2", RED_MUG=2)

        assert stock.shows("RED-MUG").backorderable == 1

    def test_says_when_more_is_expected(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 0, limit=3)
        stock.inventory.change_policy(
            key=stock.world.key(), sku="RED-MUG", low_stock_threshold=0, backorder_limit=3, expected_date=MAY
        )

        held = stock.reserve("ord_1", RED_MUG=1)

        assert held.lines[0].expected_date == MAY
        assert stock.inventory.reservation(order_id="ord_1") == held
        assert stock.extend("ord_1").lines == held.lines

    def test_given_back_may_be_promised_again(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 0, limit=3)
        stock.reserve("ord_1", RED_MUG=3)

        stock.release("ord_1")

        assert stock.shows("RED-MUG").backorderable == 3

    def test_of_an_overdue_reservation_does_not_block_others(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 0, limit=3)
        stock.reserve("ord_1", RED_MUG=3)
        stock.world.clock.advance(minutes=11)

        held = stock.reserve("ord_2", RED_MUG=3)

        assert held.lines[0].backordered == 3


class TestArrival:
    def test_serves_placed_orders_before_carts_and_older_before_younger(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 0, limit=9)
        stock.reserve("ord_0", RED_MUG=1)
        stock.buy("ord_1", RED_MUG=2)
        stock.buy("ord_2", RED_MUG=2)

        stock.adjust("RED-MUG", 3, reason="received")

        waiting = {name: stock.inventory.reservation(order_id=name).lines[0].backordered for name in
                   ("ord_0", "ord_1", "ord_2")}
        assert waiting == {"ord_0": 1, "ord_1": 0, "ord_2": 1}
        filled = [(event.order_id, event.quantity) for event in stock.world.published(BackorderFilled)]
        assert filled == [("ord_1", 2), ("ord_2", 1)]
        assert stock.available("RED-MUG") == 0

    def test_at_a_new_location_serves_too(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 0, limit=9)
        stock.buy("ord_1", RED_MUG=2)

        stock.receive("RED-MUG", 5, "hamburg")
        stock.ship("ord_1", RED_MUG=2)

        assert (stock.level("RED-MUG", "hamburg").on_hand, stock.available("RED-MUG")) == (3, 3)

    def test_by_another_order_given_back_serves_too(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 2, limit=9)
        stock.buy("ord_1", RED_MUG=2)
        stock.buy("ord_2", RED_MUG=2)

        stock.release("ord_1")

        assert stock.inventory.reservation(order_id="ord_2").lines[0].backordered == 0

    def test_of_a_held_line_is_consumed_with_it(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 1, limit=9)
        stock.reserve("ord_1", RED_MUG=3)
        stock.adjust("RED-MUG", 1)

        stock.consume("ord_1")

        assert (stock.level("RED-MUG").allocated, stock.shows("RED-MUG").backorderable) == (2, 8)

    def test_comes_before_shipping(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 1, limit=9)
        stock.buy("ord_1", RED_MUG=2)

        with pytest.raises(NotArrived, match="2 to ship, 1 allocated"):
            stock.ship("ord_1", RED_MUG=2)

        stock.adjust("RED-MUG", 1)
        stock.ship("ord_1", RED_MUG=2)
        assert stock.level("RED-MUG").on_hand == 0
