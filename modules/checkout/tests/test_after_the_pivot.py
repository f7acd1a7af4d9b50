"""Past the point of no return among fakes: nothing is undone, and what cannot succeed is shown to an operator."""

from typing import Any

import pytest

from modules.checkout import orders
from modules.checkout.events import OrderFlagged
from modules.checkout.handlers import note_arrival
from modules.checkout.interface import Checkout, Placement
from modules.checkout.models import OrderFlag
from modules.checkout.ordering import recount
from modules.checkout.tests.conftest import Complete, Surroundings, away, lost
from modules.inventory.events import BackorderFilled
from modules.payments.interface import WrongState
from storefront import clock
from storefront.database.unit import unit_of_work
from storefront.events import NotYet
from storefront.interface import Unavailable, connect
from storefront.testing.world import World

checkouts = connect(Checkout)


class TestAFlag:
    def raised(self, placed: Placement, detail: str) -> list[tuple[str, bool]]:
        orders.raise_flag(placed.order_id, "stock_review", detail=detail)
        return [(flag.detail, flag.resolved_at is None) for flag in OrderFlag.objects.filter(code="stock_review")]

    def test_is_raised_once_per_cause_and_again_for_another_once_it_was_resolved(
        self, complete: Complete, world: World
    ) -> None:
        placed = complete()

        assert self.raised(placed, "lost") == self.raised(placed, "lost again") == [("lost", True)]

        checkouts.resolve_flag(key=world.key(), order_id=placed.order_id, code="stock_review", actor="ada")
        assert self.raised(placed, "lost") == [("lost", False)]
        assert self.raised(placed, "lost once more") == [("lost once more", True)]


class TestAfterThePointOfNoReturn:
    def test_a_bank_that_goes_back_on_its_word_keeps_the_parcel_here(
        self, complete: Complete, around: Surroundings, world: World
    ) -> None:
        def expired(**_: Any) -> None:
            raise WrongState(payment_id="pay_1", state="expired")

        around.payments._operations["capture"] = expired

        placed = complete()
        world.settle()

        order = checkouts.order(order_id=placed.order_id)
        assert [flag.code for flag in order.flags] == ["payment_review"]
        assert "arrange" not in around.done(around.shipping)
        assert [event.code for event in world.published(OrderFlagged)] == ["payment_review"]

    def test_stock_that_was_lost_is_shown_to_an_operator(
        self, complete: Complete, around: Surroundings, world: World
    ) -> None:
        around.inventory._operations["consume"] = lost

        placed = complete()
        world.settle()

        assert [flag.code for flag in checkouts.order(order_id=placed.order_id).flags] == ["stock_review"]

    def test_units_that_came_in_while_the_order_was_placed_let_it_leave(
        self, complete: Complete, around: Surroundings, world: World
    ) -> None:
        around.backordered = 2
        around.when_captured = lambda: setattr(around, "backordered", 0)

        placed = complete()
        world.settle()

        order = checkouts.order(order_id=placed.order_id)
        assert (order.fulfilment_status, order.lines[0].backordered, order.flags) == ("unfulfilled", 0, ())
        assert around.done(around.shipping)[-1] == "arrange"

    @pytest.mark.parametrize("held", [0, 1])
    def test_units_that_were_lost_while_the_order_was_placed_are_waited_for(
        self, complete: Complete, around: Surroundings, world: World, held: int
    ) -> None:
        around.backordered = held
        around.when_captured = lambda: setattr(around, "backordered", 2)

        placed = complete()
        world.settle()

        order = checkouts.order(order_id=placed.order_id)
        assert (order.fulfilment_status, order.lines[0].backordered) == ("backordered", 2)
        assert [flag.code for flag in order.flags] == ["backordered"]
        assert "arrange" not in around.done(around.shipping)

    def test_units_that_came_in_release_no_order_whose_money_is_in_question(
        self, complete: Complete, around: Surroundings, world: World
    ) -> None:
        around.backordered = 2

        def expired(**_: Any) -> None:
            around.backordered = 0
            raise WrongState(payment_id="pay_1", state="expired")

        around.payments._operations["capture"] = expired

        placed = complete()
        world.settle()

        assert [flag.code for flag in checkouts.order(order_id=placed.order_id).flags] == ["payment_review"]
        assert "arrange" not in around.done(around.shipping)

    def test_what_came_in_meanwhile_is_counted_once(self, complete: Complete, around: Surroundings) -> None:
        around.backordered = 2
        placed = complete()

        for _ in range(2):
            with unit_of_work("checkout"):
                recount(order_id=placed.order_id, differences={"RED-MUG": -1}, now=clock.now())

        assert checkouts.order(order_id=placed.order_id).lines[0].backordered == 1

    def test_units_that_come_in_before_it_is_done_are_heard_of_when_it_is(
        self, complete: Complete, around: Surroundings, world: World
    ) -> None:
        around.backordered = 2
        capture = around.payments._operations["capture"]
        around.payments._operations["capture"] = away
        placed = complete()
        arrived = BackorderFilled(order_id=placed.order_id, sku="RED-MUG", quantity=2, location="berlin")

        with pytest.raises(NotYet), unit_of_work("checkout"):
            note_arrival(arrived)
        assert checkouts.order(order_id=placed.order_id).lines[0].backordered == 2

        around.payments._operations["capture"] = capture
        world.clock.advance(minutes=5)
        world.settle()
        with unit_of_work("checkout"):
            note_arrival(arrived)
        world.settle()

        assert checkouts.order(order_id=placed.order_id).lines[0].backordered == 0
        assert around.done(around.shipping)[-1] == "arrange"

    def test_what_does_not_answer_is_asked_again_until_it_does(
        self, complete: Complete, around: Surroundings, world: World
    ) -> None:
        arrange = around.shipping._operations["arrange"]

        def away(**_: Any) -> None:
            raise Unavailable("shut")

        around.shipping._operations["arrange"] = away
        placed = complete()
        world.settle()
        around.shipping._operations["arrange"] = arrange
        world.clock.advance(minutes=5)
        world.settle()

        assert checkouts.order(order_id=placed.order_id).shipments[0].tracking_number == "SB1"


class TestFlags:
    def test_are_closed_by_an_operator(self, complete: Complete, around: Surroundings, world: World) -> None:
        around.backordered = 1
        placed = complete()

        checkouts.resolve_flag(key=world.key(), order_id=placed.order_id, code="backordered", actor="grace")

        order = checkouts.order(order_id=placed.order_id)
        assert order.flags == ()
        assert order.timeline[-1].kind == "flag_resolved"


