"""An order is canceled, of whose money a part was taken: in one process, where the bank can be told what to say."""

import pytest
from django.apps import apps

from modules.checkout.interface import Checkout
from modules.payments.interface import Payments
from modules.payments.providers.protocol import Outcome
from modules.payments.sandbox.models import BankPayment
from modules.payments.sandbox.provider import Sandbox
from storefront.audit import findings
from storefront.interface import Refusal, connect
from storefront.money import Money
from storefront.testing.world import World
from tests.journeys.shop import Shopper, shelve
from tests.journeys.test_troubles import wait

checkouts = connect(Checkout)
payments = connect(Payments)


@pytest.fixture
def shopper(world: World) -> Shopper:
    shelve(world, "RED-MUG-L", on_hand=20)
    return Shopper()


@pytest.mark.parametrize("is_disputed", [False, True])
def test_what_was_not_taken_is_released(
    shopper: Shopper, world: World, monkeypatch: pytest.MonkeyPatch, is_disputed: bool
) -> None:
    """The bank went back on its word, and an operator took a part before giving up."""
    token = "tok_chargeback" if is_disputed else "tok_visa"
    checkout = shopper.checkout(("RED-MUG-L", 1), token=token)
    with monkeypatch.context() as patch:
        patch.setattr(
            Sandbox, "capture",
            lambda _bank, *, amount, **_: Outcome(status="declined", amount=amount, reason="do_not_honor"),
        )
        order_id = shopper.complete(checkout).json()["id"]
        world.settle()
    (payment,) = payments.payments_of(order_id=order_id)
    payments.capture(key=world.key(), payment_id=payment.id, amount=Money(400, "EUR"))
    wait(world, minutes=2)

    checkouts.cancel(key=world.key(), order_id=order_id, reason="changed my mind", actor="ada")
    wait(world)

    (payment,) = payments.payments_of(order_id=order_id)
    given_back = 0 if is_disputed else 400
    assert (payment.authorized.amount, payment.captured.amount) == (400, 400)
    assert payment.refunded.amount == given_back
    bank = BankPayment.objects.get()
    assert (bank.voided, bank.refunded) == (bank.authorized - 400, given_back)
    with pytest.raises(Refusal):
        payments.capture(key=world.key(), payment_id=payment.id, amount=Money(1, "EUR"))
    assert not apps.get_model("checkout", "SagaRow").objects.exclude(next_at=None).exists()
    assert list(findings()) == []
