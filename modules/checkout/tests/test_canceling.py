"""Canceling an order whose money was taken: it goes back, or an operator sees why it does not."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from modules.checkout.events import OrderFlagged
from modules.checkout.interface import Checkout, OrderView, Placement
from modules.checkout.tests.conftest import Surroundings
from modules.payments.interface import RefundView
from storefront.interface import connect
from storefront.sagas import operator
from storefront.testing.world import World

checkouts = connect(Checkout)


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
