"""Payments: what other modules may ask of money.

The caller mints `payment_id`, so that undoing an attempt whose outcome is unknown can name it.
Card data never comes here: only a provider's tokens.
"""

from datetime import datetime
from typing import Literal

from storefront.interface import Interface, Key, NotFound, Refusal, Value, command, query
from storefront.money import Money

PaymentStatus = Literal["pending", "action_required", "authorized", "captured", "voided", "failed", "disputed"]


class LedgerLine(Value):
    """One event of a payment's append-only ledger, such as `charge_success`."""

    kind: str
    amount: Money
    at: datetime
    reference: str = ""


class PaymentView(Value):
    """A payment with the amounts that its ledger adds up to."""

    id: str
    order_id: str
    provider: str
    status: PaymentStatus
    amount: Money
    authorized: Money
    captured: Money
    refunded: Money
    version: int
    ledger: tuple[LedgerLine, ...] = ()
    action_url: str = ""


class RefundView(Value):
    """A refund of a part of a payment."""

    id: str
    payment_id: str
    amount: Money
    status: Literal["pending", "success", "failure"]


class PaymentDeclined(Refusal):
    """The bank said no. `reason` is its code: declined, insufficient_funds, expired_card."""

    code = "payment_declined"
    status = 402
    message = "The payment was declined: {reason}."
    payment_id: str
    reason: str


class ActionRequired(Refusal):
    """The shopper must confirm at the bank first, at `action_url`, then complete again."""

    code = "action_required"
    status = 402
    message = "The bank asks the shopper to confirm the payment."
    payment_id: str
    action_url: str


class UnknownProvider(Refusal):
    """No payment provider has this name."""

    code = "payments.unknown_provider"
    status = 422
    message = "No payment provider is called {provider!r}."
    provider: str


class PaymentVoided(Refusal):
    """The payment was voided, perhaps before it was ever authorized."""

    code = "payments.voided"
    message = "Payment {payment_id} is voided."
    payment_id: str


class OverLimit(Refusal):
    """More was asked for than is left to capture or refund."""

    code = "payments.over_limit"
    status = 422
    message = "{requested} minor units requested, {left} left."
    requested: int
    left: int


class WrongState(Refusal):
    """The payment's state does not allow this."""

    code = "payments.wrong_state"
    message = "Payment {payment_id} is {state}."
    payment_id: str
    state: str


class Payments(Interface, module="payments", version=1):
    """Money: authorizations, captures, voids, refunds, and the ledger of all of them."""

    @command(timeout=5.0, refuses=(PaymentDeclined, ActionRequired, UnknownProvider, PaymentVoided, WrongState))
    def authorize(
        self, *, key: Key, payment_id: str, order_id: str, amount: Money, provider: str, token: str
    ) -> PaymentView:
        """Ask the bank to set `amount` aside. A payment that the shopper has confirmed meanwhile is simply returned.

        :raises OutcomeUnknown: the bank did not answer in time; ask again with the same key
        """

    @command(timeout=5.0, refuses=(NotFound, OverLimit, WrongState))
    def capture(self, *, key: Key, payment_id: str, amount: Money) -> PaymentView:
        """Take money that was set aside; a part, or all that is left."""

    @command(timeout=5.0, refuses=(WrongState,))
    def void(self, *, key: Key, payment_id: str) -> None:
        """Give back what was set aside and not captured. Accepted before `authorize`, which is then refused."""

    @command(timeout=5.0, refuses=(NotFound, OverLimit, WrongState))
    def refund(self, *, key: Key, payment_id: str, refund_id: str, amount: Money, reason: str) -> RefundView:
        """Give captured money back, a part or all of it."""

    @command(timeout=5.0, refuses=(NotFound, WrongState))
    def recover(
        self, *, key: Key, payment_id: str, order_id: str, amount: Money, provider: str
    ) -> PaymentView:
        """Learn again from its provider of a payment that these books have lost. Nothing is asked for, only looked up.

        :raises NotFound: the provider set nothing aside for it
        :raises WrongState: it set another amount aside
        """

    @query(timeout=0.5, refuses=(NotFound,))
    def payment(self, *, payment_id: str) -> PaymentView:
        """One payment with its ledger."""

    @query(timeout=0.5)
    def payments_of(self, *, order_id: str) -> tuple[PaymentView, ...]:
        """All payments of an order, oldest first, without their ledgers."""

    @query(timeout=0.5)
    def providers(self) -> tuple[str, ...]:
        """The names of all payment providers there are."""

    @query(timeout=2.0)
    def books(self, *, after: str, limit: int) -> tuple[PaymentView, ...]:
        """Payments by id after `after`, for the audit of the books."""
