"""Placing an order among fakes: what is asked of whom, and what is taken back."""

from typing import Any

import pytest

from modules.checkout.events import OrderPlaced
from modules.checkout.interface import (
    AlreadyCompleted,
    CartChanged,
    Checkout,
    CheckoutChanged,
    CheckoutView,
    Details,
    PaymentChoice,
    PriceChanged,
    RequirementsMissing,
)
from modules.checkout.models import Checkout as Draft
from modules.checkout.models import Order
from modules.checkout.tests.conftest import READY, Complete, Surroundings, away, lost, sold_out
from modules.inventory.interface import OutOfStock, ReservationLost
from modules.payments.interface import PaymentDeclined, UnknownProvider
from storefront.interface import NotFound, OutcomeUnknown, Unavailable, connect
from storefront.money import Money
from storefront.testing.world import World

checkouts = connect(Checkout)


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
