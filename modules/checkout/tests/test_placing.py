"""Placing an order among fakes: what is asked of whom, and what is taken back."""

from collections.abc import Callable
from typing import Any

import pytest

from modules.checkout import orders
from modules.checkout.events import OrderFlagged, OrderPlaced
from modules.checkout.handlers import note_arrival
from modules.checkout.interface import (
    AlreadyCompleted,
    CartChanged,
    Checkout,
    CheckoutChanged,
    CheckoutView,
    Details,
    PaymentChoice,
    Placement,
    PriceChanged,
    RequirementsMissing,
)
from modules.checkout.models import Checkout as Draft
from modules.checkout.models import Order, OrderFlag
from modules.checkout.ordering import recount
from modules.checkout.tests.conftest import READY, Surroundings, sold_out
from modules.inventory.events import BackorderFilled
from modules.inventory.interface import OutOfStock, ReservationLost
from modules.payments.interface import PaymentDeclined, UnknownProvider, WrongState
from storefront import clock
from storefront.database.unit import unit_of_work
from storefront.events import NotYet
from storefront.interface import NotFound, OutcomeUnknown, Unavailable, connect
from storefront.money import Money
from storefront.testing.world import World

checkouts = connect(Checkout)
Complete = Callable[..., Placement]


def away(**_: Any) -> None:
    """Nobody answers."""
    raise Unavailable("The payments process is away.")


def lost(**_: Any) -> None:
    """Somebody else has the stock."""
    raise ReservationLost(order_id="ord_1")


def let_the_bank_take(around: Surroundings, world: World, *, minutes: int) -> None:
    """So long goes by until it sets the money aside."""
    authorize = around.payments._operations["authorize"]

    def slow(**asked: Any) -> Any:
        world.clock.advance(minutes=minutes)
        return authorize(**asked)

    around.payments._operations["authorize"] = slow


class TestOpening:
    def test_says_what_is_missing_with_stable_codes(self, around: Surroundings, world: World) -> None:
        view = checkouts.open(key=world.key(), cart_id="crt_1", details=Details())

        codes = [requirement.code for requirement in view.requirements]
        assert codes == ["email_missing", "shipping_address_missing", "payment_missing"]

    def test_with_everything_misses_nothing(self, opened: CheckoutView) -> None:
        assert opened.requirements == ()
        assert opened.totals.total == Money(2 * 1250 + 490, "EUR")

    def test_an_unknown_way_to_deliver_is_said(self, around: Surroundings, world: World, opened: CheckoutView) -> None:
        view = checkouts.change(key=world.key(), checkout_id=opened.id, details=Details(shipping_option="balloon"))

        assert [requirement.code for requirement in view.requirements] == ["shipping_option_unavailable"]

    def test_with_an_unknown_payment_provider_is_refused(
        self, around: Surroundings, world: World, opened: CheckoutView
    ) -> None:
        stranger = Details(payment=PaymentChoice(provider="piggybank", token="tok_visa"))

        with pytest.raises(UnknownProvider, match="piggybank"):
            checkouts.open(key=world.key(), cart_id="crt_1", details=stranger)
        with pytest.raises(UnknownProvider, match="piggybank"):
            checkouts.change(key=world.key(), checkout_id=opened.id, details=stranger)

        assert checkouts.checkout(checkout_id=opened.id).payment_provider == "sandbox"
        assert Draft.objects.count() == 1

    def test_turns_nobody_away_while_payments_is_away(self, around: Surroundings, world: World) -> None:
        around.payments._operations["providers"] = away

        assert checkouts.open(key=world.key(), cart_id="crt_1", details=READY).requirements == ()

    def test_a_change_on_an_old_version_is_refused(self, opened: CheckoutView, world: World) -> None:
        checkouts.change(key=world.key(), checkout_id=opened.id, details=Details(email="bob@example.org"))

        with pytest.raises(CheckoutChanged):
            checkouts.change(key=world.key(), checkout_id=opened.id, details=READY, expected_version=1)

    def test_an_unknown_checkout_is_not_found(self, around: Surroundings, world: World) -> None:
        with pytest.raises(NotFound):
            checkouts.complete(key=world.key(), checkout_id="chk_nobody")


class TestPlacing:
    def test_asks_each_module_once_and_in_order(
        self, complete: Complete, around: Surroundings, world: World
    ) -> None:
        placed = complete()
        world.settle()

        assert placed.order
        assert around.done(around.inventory) == ["reserve", "consume"]
        assert around.done(around.payments) == ["authorize", "capture"]
        assert around.done(around.shipping)[-1] == "arrange"
        assert [event.order_id for event in world.published(OrderPlaced)] == [placed.order_id]

    @pytest.mark.parametrize(("minutes", "extended"), [(4, []), (6, ["extend"]), (11, ["extend"])])
    def test_after_a_slow_bank_the_stock_is_held_for_long_enough(
        self, complete: Complete, around: Surroundings, world: World, minutes: int, extended: list[str]
    ) -> None:
        let_the_bank_take(around, world, minutes=minutes)

        complete()
        world.settle()

        assert around.done(around.inventory) == ["reserve", *extended, "consume"]

    def test_waits_for_backordered_units_before_it_orders_a_parcel(
        self, complete: Complete, around: Surroundings, world: World
    ) -> None:
        around.backordered = 1

        placed = complete()
        world.settle()

        order = checkouts.order(order_id=placed.order_id)
        assert order.fulfilment_status == "backordered"
        assert [flag.code for flag in order.flags] == ["backordered"]
        assert "arrange" not in around.done(around.shipping)

    def test_copies_by_value(self, complete: Complete, around: Surroundings, world: World) -> None:
        placed = complete()

        around.price = Money(99_900, "EUR")

        assert checkouts.order(order_id=placed.order_id).lines[0].unit_price == Money(1250, "EUR")

    def test_once_placed_it_cannot_be_placed_again(self, complete: Complete) -> None:
        complete()

        with pytest.raises(AlreadyCompleted):
            complete()


class TestRefusing:
    def nothing_was_done(self, around: Surroundings, world: World) -> None:
        world.settle()
        assert not Order.objects.exists()
        assert world.published(OrderPlaced) == []
        assert "thaw" in around.done(around.cart)

    def test_another_total(self, complete: Complete, around: Surroundings, world: World) -> None:
        with pytest.raises(PriceChanged) as refused:
            complete(expected_total=Money(1, "EUR"))

        assert refused.value.current_total == Money(2990, "EUR")
        self.nothing_was_done(around, world)

    def test_a_price_that_moved_since(self, complete: Complete, around: Surroundings, world: World) -> None:
        around.price = Money(1300, "EUR")

        with pytest.raises(PriceChanged):
            complete()

        self.nothing_was_done(around, world)

    def test_an_empty_cart(self, complete: Complete, around: Surroundings, world: World) -> None:
        around.quantity = 0

        with pytest.raises(CartChanged):
            complete()

        self.nothing_was_done(around, world)

    def test_an_incomplete_checkout(self, around: Surroundings, world: World) -> None:
        view = checkouts.open(key=world.key(), cart_id="crt_1", details=Details())

        with pytest.raises(RequirementsMissing) as refused:
            checkouts.complete(key=world.key(), checkout_id=view.id)

        assert [requirement.code for requirement in refused.value.requirements][:1] == ["email_missing"]

    def test_sold_out_goods(self, complete: Complete, around: Surroundings, world: World) -> None:
        around.inventory._operations["reserve"] = sold_out

        with pytest.raises(OutOfStock):
            complete()

        self.nothing_was_done(around, world)
        assert "authorize" not in around.done(around.payments)

    def test_a_declined_card_gives_the_stock_back(
        self, complete: Complete, around: Surroundings, world: World
    ) -> None:
        def declined(**_: Any) -> None:
            raise PaymentDeclined(payment_id="pay_1", reason="declined")

        around.payments._operations["authorize"] = declined

        with pytest.raises(PaymentDeclined):
            complete()

        self.nothing_was_done(around, world)
        assert around.done(around.inventory) == ["reserve", "release"]
        assert "void" not in around.done(around.payments)

    def test_another_total_than_the_bank_has_confirmed_gives_the_money_back(
        self, complete: Complete, around: Surroundings, world: World
    ) -> None:
        authorize = around.payments._operations["authorize"]
        around.payments._operations["authorize"] = lambda **asked: authorize(**asked | {"amount": Money(1, "EUR")})

        with pytest.raises(PriceChanged):
            complete()

        self.nothing_was_done(around, world)
        assert around.done(around.payments) == ["authorize", "void"]

    def test_stock_that_is_held_no_longer_gives_the_money_back(
        self, complete: Complete, around: Surroundings, world: World
    ) -> None:
        let_the_bank_take(around, world, minutes=10)
        around.inventory._operations["extend"] = lost

        with pytest.raises(ReservationLost):
            complete()

        self.nothing_was_done(around, world)
        assert around.done(around.payments)[-1] == "void"
        assert around.done(around.inventory) == ["reserve", "extend", "release"]

    def test_the_same_key_refuses_again_without_asking_again(self, complete: Complete, around: Surroundings) -> None:
        around.inventory._operations["reserve"] = sold_out

        for _ in range(2):
            with pytest.raises(OutOfStock):
                complete(key="once")

        assert around.done(around.inventory).count("reserve") == 1

    def test_a_module_that_stays_away_is_given_up_on(
        self, complete: Complete, around: Surroundings, world: World
    ) -> None:
        def away(**_: Any) -> None:
            raise Unavailable("shut")

        around.inventory._operations["reserve"] = away
        placed = complete()
        assert placed.order is None

        for _ in range(10):
            world.clock.advance(seconds=20)
            world.settle()

        self.nothing_was_done(around, world)
        with pytest.raises(NotFound):
            checkouts.order(order_id=placed.order_id)

    def test_a_bank_that_stays_silent_is_voided(self, complete: Complete, around: Surroundings, world: World) -> None:
        def silent(**_: Any) -> None:
            raise OutcomeUnknown("no answer")

        around.payments._operations["authorize"] = silent
        complete()

        for _ in range(10):
            world.clock.advance(minutes=4)
            world.settle()

        self.nothing_was_done(around, world)
        assert around.done(around.payments)[-1] == "void"


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


