"""Canceling an order whose money was taken: it goes back, or an operator sees why it does not."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from modules.checkout.events import OrderFlagged
from modules.checkout.following import abandon
from modules.checkout.interface import Checkout, CheckoutView, OrderView, Placement
from modules.checkout.models import Checkout as Draft
from modules.checkout.models import OrderFlag
from modules.checkout.tests.conftest import Surroundings
from modules.payments.interface import PaymentView, RefundView, WrongState
from storefront.database.unit import unit_of_work
from storefront.interface import Unavailable, connect
from storefront.money import Money
from storefront.sagas import operator
from storefront.testing.world import World

checkouts = connect(Checkout)
NOTHING = Money.zero("EUR")


@pytest.fixture
def cancel(
    complete: Callable[..., Placement], around: Surroundings, world: World
) -> Callable[[str], OrderView]:
    """Place an order, take its money, cancel it; the bank answers the refund like this."""

    def run(answer: str) -> OrderView:
        placed = complete()
        world.settle()
        around.payment = msgspec.structs.replace(around.payment, status="captured", captured=around.payment.amount)

        def refund(*, payment_id: str, refund_id: str, amount: Any, **_: Any) -> RefundView:
            return msgspec.convert(
                {"id": refund_id, "payment_id": payment_id, "amount": amount, "status": answer}, RefundView,
                from_attributes=True,
            )

        around.payments._operations["refund"] = refund
        checkouts.cancel(key=world.key(), order_id=placed.order_id, reason="ill", actor="grace")
        world.settle()
        return checkouts.order(order_id=placed.order_id)

    return run


class TestARefundThatTheBankDeclines:
    def test_raises_a_flag_and_leaves_the_order_canceled(
        self, cancel: Callable[[str], OrderView], around: Surroundings, world: World
    ) -> None:
        order = cancel("failure")

        assert order.status == "canceled"
        flag, = order.flags
        assert flag.code == "payment_review"
        assert flag.detail == f"The bank refused to give {around.payment.captured} back."
        assert [event.code for event in world.published(OrderFlagged)] == ["payment_review"]

    def test_is_not_asked_for_for_ever(
        self, cancel: Callable[[str], OrderView], around: Surroundings, world: World
    ) -> None:
        cancel("failure")

        world.clock.advance(days=1)
        world.settle()

        assert around.done(around.payments).count("refund") == 1
        assert list(operator.listed("checkout")) == []


class TestARefundThatTheBankGivesOrThinksAbout:
    @pytest.mark.parametrize("answer", ["success", "pending"])
    def test_raises_none(self, cancel: Callable[[str], OrderView], answer: str) -> None:
        order = cancel(answer)

        assert (order.status, order.flags) == ("canceled", ())


PART = Money(400, "EUR")


class Purse:
    """A payment of which a part was taken; the bank does as it is told, unless a test has it do otherwise."""

    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self.refunded: list[tuple[str, Money]] = []
        self.change(status="captured", captured=PART)
        around.payments._operations |= {"void": self.void, "refund": self.refund}

    def change(self, **facts: Any) -> None:
        self.around.payment = msgspec.structs.replace(self.around.payment, **facts)

    def void(self, **_: Any) -> None:
        self.change(authorized=self.around.payment.captured)

    def refund(self, *, payment_id: str, refund_id: str, amount: Money, **_: Any) -> RefundView:
        self.refunded.append((refund_id, amount))
        self.change(refunded=self.around.payment.refunded + amount)
        return RefundView(id=refund_id, payment_id=payment_id, amount=amount, status="success")


class TestAPaymentTakenInPart:
    def canceled(self, purse: Purse, order_id: str) -> OrderView:
        world = purse.around.world
        checkouts.cancel(key=world.key(), order_id=order_id, reason="ill", actor="grace")
        for _ in range(5):
            world.settle()
            world.clock.advance(minutes=2)
        world.settle()
        return checkouts.order(order_id=order_id)

    @pytest.fixture
    def order_id(self, complete: Callable[..., Placement], world: World) -> str:
        order_id: str = complete().order_id
        world.settle()
        return order_id

    @pytest.fixture
    def purse(self, order_id: str, around: Surroundings) -> Purse:
        around.payments.calls.clear()
        return Purse(around)

    def test_is_released_first_and_then_refunded(self, purse: Purse, order_id: str) -> None:
        assert self.canceled(purse, order_id).flags == ()

        assert purse.around.done(purse.around.payments) == ["void", "refund"]
        assert [amount for _, amount in purse.refunded] == [PART]

    def test_is_refunded_as_it_stands_once_nothing_more_can_be_taken(self, purse: Purse, order_id: str) -> None:
        """A capture was under way: as much as had been taken before."""
        answers = iter((Unavailable("a capture is under way"), None))

        def void(**_: Any) -> None:
            error = next(answers)
            if error is not None:
                purse.change(captured=PART + PART)
                raise error
            purse.void()

        purse.around.payments._operations["void"] = void

        self.canceled(purse, order_id)

        assert [amount for _, amount in purse.refunded] == [PART + PART]

    def test_is_refunded_in_full_if_all_was_taken_meanwhile(self, purse: Purse, order_id: str) -> None:
        whole = purse.around.payment.amount

        def void(**_: Any) -> None:
            purse.change(captured=whole)
            raise WrongState(payment_id="pay_1", state="captured")

        purse.around.payments._operations["void"] = void

        assert self.canceled(purse, order_id).flags == ()
        assert [amount for _, amount in purse.refunded] == [whole]

    def test_is_refunded_and_flagged_if_the_bank_does_not_release_the_rest(
        self, purse: Purse, order_id: str
    ) -> None:
        def void(**_: Any) -> None:
            raise WrongState(payment_id="pay_1", state="held back by its provider")

        purse.around.payments._operations["void"] = void

        flag, = self.canceled(purse, order_id).flags

        left = purse.around.payment.amount - PART
        assert (flag.code, flag.detail) == ("payment_review", f"The bank refused to release {left}.")
        assert [amount for _, amount in purse.refunded] == [PART]
        assert list(operator.listed("checkout")) == []

    def test_is_released_though_what_was_taken_is_disputed(self, purse: Purse, order_id: str) -> None:
        purse.change(status="disputed")

        flag, = self.canceled(purse, order_id).flags

        assert flag.detail == f"{PART} is disputed and was not given back."
        assert purse.around.done(purse.around.payments) == ["void"]


class TestAPaymentThatIsGivenUp:
    def given_up(self, checkout_id: str, world: World) -> None:
        with unit_of_work("checkout"):
            abandon(Draft.objects.get(id=checkout_id))
        world.settle()

    def test_is_voided(self, opened: CheckoutView, around: Surroundings, world: World) -> None:
        around.payment = a_payment(status="authorized")
        Draft.objects.update(payment_id="pay_1")

        self.given_up(opened.id, world)

        assert around.done(around.payments) == ["void"]

    @pytest.mark.parametrize("status", ["disputed", "captured"])
    def test_and_stays_at_the_bank_raises_no_flag_of_no_order(
        self, opened: CheckoutView, around: Surroundings, world: World, status: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        around.payment = a_payment(status=status, captured=Money(2990, "EUR"))
        around.payments._operations["refund"] = lambda **asked: RefundView(
            id=asked["refund_id"], payment_id="pay_1", amount=asked["amount"], status="failure"
        )
        Draft.objects.update(payment_id="pay_1")

        self.given_up(opened.id, world)

        assert not OrderFlag.objects.exists()
        assert world.published(OrderFlagged) == []
        assert "Money of no order was not given back." in caplog.text

    def test_but_is_an_orders_stays_the_orders(
        self, complete: Callable[..., Placement], around: Surroundings, world: World
    ) -> None:
        placed = complete()
        world.settle()

        self.given_up(placed.checkout_id, world)

        assert around.done(around.payments) == ["authorize", "capture"]


def a_payment(*, status: str, captured: Money = NOTHING) -> PaymentView:
    """Of 29.90 that were set aside."""
    amount = Money(2990, "EUR")
    return PaymentView(
        id="pay_1", order_id="", provider="sandbox", status=status, amount=amount,  # type: ignore[arg-type]  # one of its words
        authorized=amount, captured=captured, refunded=NOTHING, version=1,
    )
