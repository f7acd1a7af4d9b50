"""Opening levels, adjusting and counting them, changing policies."""

import pytest
from django.db import DatabaseError, transaction

from modules.inventory.audit import audit
from modules.inventory.domain import MOST_UNITS
from modules.inventory.interface import BelowPromised, OpeningLevel, StockChanged, TooManyUnits
from modules.inventory.models import Level, Location, Movement, StockItem
from modules.inventory.rebuild import rebuild
from modules.inventory.tests.conftest import StockRoom
from storefront.interface import NotFound


class TestOpenLevels:
    def test_receives_first_stock_once(self, stock: StockRoom) -> None:
        levels = (
            OpeningLevel(sku="RED-MUG", location="berlin", on_hand=5, low_stock_threshold=2),
            OpeningLevel(sku="RED-MUG", location="hamburg", on_hand=3),
        )

        opened = [stock.inventory.open_levels(key=stock.world.key(), levels=levels) for _ in range(2)]

        assert opened == [2, 0]
        assert stock.available("RED-MUG") == 8
        assert set(Location.objects.values_list("code", "name")) == {("berlin", "berlin"), ("hamburg", "hamburg")}

    def test_of_nothing_opens_nothing(self, stock: StockRoom) -> None:
        assert stock.inventory.open_levels(key=stock.world.key(), levels=()) == 0

    def test_keeps_the_policy_of_a_known_sku(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 1, low=4)

        stock.receive("RED-MUG", 1, "hamburg", low=9)

        assert StockItem.objects.get(sku="RED-MUG").low_stock_threshold == 4


class TestAdjust:
    def test_adds_and_takes_with_a_reason(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)

        level = stock.adjust("RED-MUG", -2, reason="broken")

        assert (level.on_hand, level.version) == (3, 2)
        assert level == stock.level("RED-MUG")
        movement = Movement.objects.get(kind="adjusted")
        assert (movement.on_hand, movement.reason, movement.actor) == (-2, "broken", "ada")

    def test_names_nobody_in_a_movement(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)

        stock.adjust("RED-MUG", -1, reason="given to ada@example.org")

        assert Movement.objects.get(kind="adjusted").reason == "given to (personal)"

    def test_counts_no_more_than_a_level_holds(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)

        with pytest.raises(TooManyUnits, match="at most 1000000000"):
            stock.adjust("RED-MUG", MOST_UNITS - 4)

        assert stock.adjust("RED-MUG", MOST_UNITS - 5).on_hand == MOST_UNITS

    def test_keeps_what_is_promised(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)
        stock.reserve("ord_1", RED_MUG=2)

        with pytest.raises(BelowPromised, match="2 units are promised, so on hand cannot become 1"):
            stock.adjust("RED-MUG", -4)

        assert stock.level("RED-MUG").on_hand == 5

    def test_does_not_keep_what_is_overdue(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)
        stock.reserve("ord_1", RED_MUG=2)
        stock.world.clock.advance(minutes=11)

        assert stock.adjust("RED-MUG", -5).on_hand == 0

    def test_refuses_an_unknown_level(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)

        with pytest.raises(NotFound, match="RED-MUG at oslo"):
            stock.adjust("RED-MUG", 1, "oslo")
        with pytest.raises(NotFound):
            stock.adjust("GHOST-MUG", 1)


class TestCount:
    def test_sets_on_hand_of_an_unchanged_level(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)

        level = stock.inventory.count(
            key=stock.world.key(), sku="RED-MUG", location="berlin", on_hand=7, expected_version=1, reason="counted",
            actor="ada",
        )

        assert (level.on_hand, level.version) == (7, 2)

    def test_refuses_a_level_that_moved_meanwhile(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)
        stock.reserve("ord_1", RED_MUG=1)

        with pytest.raises(StockChanged) as caught:
            stock.inventory.count(
                key=stock.world.key(), sku="RED-MUG", location="berlin", on_hand=7, expected_version=1,
                reason="counted", actor="ada",
            )

        assert (caught.value.version, caught.value.on_hand) == (2, 5)
        assert stock.level("RED-MUG").on_hand == 5


class TestChangePolicy:
    def test_moves_the_band(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)

        stock.inventory.change_policy(
            key=stock.world.key(), sku="RED-MUG", low_stock_threshold=5, backorder_limit=2
        )

        assert (stock.shows("RED-MUG").band, stock.shows("RED-MUG").backorderable) == ("low_stock", 2)

    def test_refuses_an_unknown_sku(self, stock: StockRoom) -> None:
        with pytest.raises(NotFound):
            stock.inventory.change_policy(
                key=stock.world.key(), sku="GHOST-MUG", low_stock_threshold=5, backorder_limit=2
            )


class TestBooks:
    def test_defects_are_told_and_rebuilt_from_movements(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5, limit=5)
        stock.buy("ord_1", RED_MUG=6)
        stock.reserve("ord_2", RED_MUG=1)
        Level.objects.update(on_hand=9, allocated=1)
        StockItem.objects.update(backordered=0)

        defects = list(audit())
        rebuild()

        assert [sentence.partition(":")[0] for sentence in defects] == [
            "RED-MUG at berlin", "RED-MUG at berlin", "RED-MUG",
        ]
        assert (stock.level("RED-MUG").on_hand, stock.level("RED-MUG").allocated) == (5, 5)
        assert list(audit()) == []

    def test_tell_of_a_reservation_that_outlived_its_time(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)
        stock.reserve("ord_1", RED_MUG=1)
        stock.world.clock.advance(minutes=16)

        assert list(audit()) == [
            "Order ord_1: its reservation is over, but still held; is the background work running?"
        ]
        stock.world.settle()

    def test_never_rewrite_a_movement(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)

        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(using="inventory"):
            Movement.objects.update(on_hand=6)

    def test_refuse_more_promises_than_units(self, stock: StockRoom) -> None:
        stock.receive("RED-MUG", 5)

        with pytest.raises(DatabaseError), transaction.atomic(using="inventory"):
            Level.objects.update(allocated=6)
