"""A till: the shortest way to pay in a test."""

import pytest

from modules.payments.interface import Payments, PaymentView, RefundView
from modules.payments.sandbox.models import BankPayment
from storefront.ids import new_id
from storefront.interface import OutcomeUnknown, connect
from storefront.money import Money
from storefront.testing.world import World

VISA = "tok_visa"
TIMEOUT = "tok_timeout"


class Till:
    """Asks for money as the checkout does; each request is a new intent unless it is given a key."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.payments = connect(Payments)

    def authorize(
        self, token: str = VISA, *, payment_id: str = "", euro_cents: int = 1250, key: str = ""
    ) -> PaymentView:
        payment_id = payment_id or new_id("pay")
        return self.payments.authorize(
            key=key or self.world.key(), payment_id=payment_id, order_id=f"ord_{payment_id}", provider="sandbox",
            amount=Money(euro_cents, "EUR"), token=token,
        )

    def paid(self, token: str = VISA, *, euro_cents: int = 1250) -> PaymentView:
        return self.capture(self.authorize(token, euro_cents=euro_cents).id, euro_cents)

    def left_unknown(self, token: str = TIMEOUT, *, key: str = "") -> str:
        payment_id = new_id("pay")
        with pytest.raises(OutcomeUnknown):
            self.authorize(token, payment_id=payment_id, key=key)
        return payment_id

    def capture(self, payment_id: str, euro_cents: int, *, key: str = "") -> PaymentView:
        return self.payments.capture(
            key=key or self.world.key(), payment_id=payment_id, amount=Money(euro_cents, "EUR")
        )

    def refund(
        self, payment_id: str, euro_cents: int, *, refund_id: str = "", key: str = "", reason: str = "chipped"
    ) -> RefundView:
        return self.payments.refund(
            key=key or self.world.key(), payment_id=payment_id, refund_id=refund_id or new_id("rfd"),
            amount=Money(euro_cents, "EUR"), reason=reason,
        )

    def void(self, payment_id: str, *, key: str = "") -> None:
        self.payments.void(key=key or self.world.key(), payment_id=payment_id)

    def seen(self, payment_id: str) -> PaymentView:
        return self.payments.payment(payment_id=payment_id)

    def kinds(self, payment_id: str) -> list[str]:
        return [line.kind for line in self.seen(payment_id).ledger]

    def at_the_bank(self, payment_id: str) -> BankPayment:
        return BankPayment.objects.get(key=f"authorize:{payment_id}")

    def later(self, **duration: float) -> None:
        """Let time pass and the shop do what is due then."""
        self.world.clock.advance(**duration)
        self.world.settle()
