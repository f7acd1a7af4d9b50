"""Holding stock for orders."""

from datetime import timedelta

import pytest

from modules.inventory.events import AvailabilityChanged, ReservationExpired
from modules.inventory.interface import OutOfStock, ReservationLost, ReservedLine, StockLine
from modules.inventory.tasks import expire_reservations
from modules.inventory.tests.conftest import StockRoom, lines
from storefront import clock
from storefront.database.unit import unit_of_work
from storefront.interface import NotFound


class TestReserve:
    def test_holds_units_until_the_reservation_expires(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)

        held = stock.reserve("ord_1", RED_MUG=2)

        assert held.lines == (ReservedLine(sku="RED-MUG", quantity=2),)
        assert stock.available("RED-MUG") == 3
        assert stock.inventory.reservation(order_id="ord_1") == held

    def test_holds_nothing_when_one_line_is_sold_out(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)
        stock.receive("BLUE-MUG", 0)

        with pytest.raises(OutOfStock, match="BLUE-MUG: 1 requested, 0 available"):
            stock.reserve("ord_1", RED_MUG=1, BLUE_MUG=1)

        assert stock.available("RED-MUG") == 5
        with pytest.raises(NotFound):
            stock.inventory.reservation(order_id="ord_1")

    def test_names_the_first_sku_that_is_short(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 1)
        stock.receive("BLUE-MUG", 1)

        with pytest.raises(OutOfStock, match="BLUE-MUG"):
            stock.reserve("ord_1", RED_MUG=2, BLUE_MUG=2)

    def test_refuses_a_sku_that_nobody_stocks(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)

        with pytest.raises(OutOfStock, match="GHOST-MUG"):
            stock.reserve("ord_1", RED_MUG=1, GHOST_MUG=1)
        with pytest.raises(OutOfStock, match="GHOST-MUG"):
            stock.reserve("ord_2", GHOST_MUG=1)

        assert stock.available("RED-MUG") == 5

    def test_sums_the_lines_of_a_sku(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)
        twice = (StockLine(sku="RED-MUG", quantity=3), StockLine(sku="RED-MUG", quantity=3))

        with pytest.raises(OutOfStock, match="6 requested, 5 available"):
            stock.inventory.reserve(key=stock.world.key(), order_id="ord_1", lines=twice)

    def test_of_nothing_holds_nothing(self, stock: StockRoom) -> None:
        assert stock.reserve("ord_1").lines == ()
        assert stock.consume("ord_1").lines == ()

    def test_again_with_one_key_answers_the_same(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)
        key = stock.world.key()

        first, second = [
            stock.inventory.reserve(key=key, order_id="ord_1", lines=lines(RED_MUG=2)) for _ in range(2)
        ]

        assert first == second
        assert stock.available("RED-MUG") == 3

    def test_again_for_the_order_extends(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)
        first = stock.reserve("ord_1", RED_MUG=2)
        stock.world.clock.advance(minutes=6)

        second = stock.reserve("ord_1", RED_MUG=2)

        assert second.expires_at > first.expires_at
        assert second.lines == first.lines
        assert stock.available("RED-MUG") == 3

    def test_again_with_other_lines_holds_those_instead(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)
        stock.receive("BLUE-MUG", 5)
        stock.reserve("ord_1", RED_MUG=4)

        held = stock.reserve("ord_1", RED_MUG=5, BLUE_MUG=1)

        assert [(line.sku, line.quantity) for line in held.lines] == [("BLUE-MUG", 1), ("RED-MUG", 5)]
        assert (stock.available("RED-MUG"), stock.available("BLUE-MUG")) == (0, 4)

    def test_again_with_too_much_keeps_what_was_held(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)
        stock.reserve("ord_1", RED_MUG=4)

        with pytest.raises(OutOfStock):
            stock.reserve("ord_1", RED_MUG=6)

        assert stock.available("RED-MUG") == 1

    def test_after_the_release_is_refused(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)
        stock.release("ord_1")

        with pytest.raises(ReservationLost):
            stock.reserve("ord_1", RED_MUG=1)

        assert stock.available("RED-MUG") == 5

    def test_after_consuming_answers_what_the_order_owns(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)
        stock.buy("ord_1", RED_MUG=2)

        assert stock.reserve("ord_1", RED_MUG=2).lines == (ReservedLine(sku="RED-MUG", quantity=2),)
        assert stock.level("RED-MUG").allocated == 2


class TestRouting:
    def test_takes_an_order_from_one_location_if_it_can(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5, "berlin")
        stock.receive("RED-MUG", 5, "hamburg")
        stock.receive("BLUE-MUG", 1, "hamburg")

        stock.reserve("ord_1", RED_MUG=1, BLUE_MUG=1)

        assert stock.level("RED-MUG", "berlin").reserved == 0
        assert stock.level("RED-MUG", "hamburg").reserved == 1

    def test_splits_a_line_that_no_location_has(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 2, "berlin")
        stock.receive("RED-MUG", 3, "hamburg")

        stock.reserve("ord_1", RED_MUG=4)

        assert (stock.level("RED-MUG", "berlin").reserved, stock.level("RED-MUG", "hamburg").reserved) == (1, 3)


class TestExpiry:
    def test_puts_stock_on_sale_again(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)
        stock.reserve("ord_1", RED_MUG=5)
        stock.world.settle()
        stock.world.clock.advance(minutes=11)

        stock.world.settle()

        assert stock.available("RED-MUG") == 5
        assert [event.order_id for event in stock.world.published(ReservationExpired)] == ["ord_1"]
        assert stock.world.published(AvailabilityChanged)[-1].available == 5

    def test_does_not_make_others_wait_for_the_sweep(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)
        stock.receive("BLUE-MUG", 5)
        stock.reserve("ord_1", RED_MUG=5, BLUE_MUG=5)
        stock.world.clock.advance(minutes=11)

        stock.reserve("ord_2", RED_MUG=5)

        assert (stock.available("RED-MUG"), stock.available("BLUE-MUG")) == (0, 0)
        stock.world.settle()
        assert (stock.available("RED-MUG"), stock.available("BLUE-MUG")) == (0, 5)

    @pytest.mark.postgresql
    @pytest.mark.proves("R15", "I9")
    @pytest.mark.parametrize("ahead", [timedelta(minutes=5), timedelta(hours=1)])
    def test_goes_by_the_databases_clock_whatever_the_machines_says(self, stock: StockRoom, ahead: timedelta) -> None:
        stock.receive("RED-MUG", 5)
        stock.reserve("ord_1", RED_MUG=5)
        stock.world.clock.advance(minutes=9)

        with unit_of_work("inventory") as unit:
            unit.now = clock.now() + ahead
            assert expire_reservations(unit.now) == 0

        assert stock.available("RED-MUG") == 0

    def test_does_not_touch_what_was_extended(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)
        stock.reserve("ord_1", RED_MUG=5)
        stock.world.clock.advance(minutes=6)
        stock.extend("ord_1")
        stock.world.clock.advance(minutes=6)

        stock.world.settle()

        assert stock.available("RED-MUG") == 0

    def test_leaves_the_order_its_stock_while_nobody_else_wants_it(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)
        stock.reserve("ord_1", RED_MUG=5)
        stock.world.clock.advance(minutes=11)
        stock.world.settle()

        assert stock.extend("ord_1").lines == (ReservedLine(sku="RED-MUG", quantity=5),)
        assert stock.consume("ord_1").lines == (ReservedLine(sku="RED-MUG", quantity=5),)
        assert stock.level("RED-MUG").allocated == 5

    @pytest.mark.parametrize("swept", [True, False])
    def test_loses_what_was_sold_to_others(self, stock: StockRoom, swept: bool) -> None:
        stock.receive("RED-MUG", 5)
        stock.reserve("ord_1", RED_MUG=5)
        stock.world.clock.advance(minutes=11)
        if swept:
            stock.world.settle()
        stock.reserve("ord_2", RED_MUG=1)

        with pytest.raises(ReservationLost):
            stock.consume("ord_1")
        with pytest.raises(ReservationLost):
            stock.extend("ord_1")

        stock.world.settle()
        assert stock.available("RED-MUG") == 4
