"""What the shop asks of a payment provider. An adapter per provider; card data never passes through.

Every request carries our idempotency key: the same key never has a second effect at the provider, and `find`
tells later what became of it. An adapter is called outside any transaction and waits no longer than
`storefront.calls.deadline.remaining()`.
"""

import hashlib
from collections.abc import Mapping
from typing import Literal, Protocol

from storefront.interface import Refusal, Value
from storefront.money import Money

LONGEST_ID = 100


class Outcome(Value):
    """What became of a request at the provider.

    amount: what was really set aside, taken or given back, in minor units
    reference: the provider's own name for the payment, needed to capture, void and refund it
    reason: the provider's code, if declined
    """

    status: Literal["approved", "declined", "action_required"]
    amount: Money
    reference: str = ""
    reason: str = ""
    action_url: str = ""


class Standing(Value):
    """What a provider has moved for one payment so far, in minor units. reference: its own name for the payment."""

    reference: str
    currency: str
    authorized: int
    captured: int
    voided: int
    refunded: int


class Notice(Value):
    """The verified facts of a webhook. It says that something happened; `find` says what is true now.

    key: our idempotency key of the request that it is about; empty if none
    """

    event_id: str
    type: Literal["settled", "disputed", "unknown"]
    name: str  # what the provider calls it
    key: str = ""
    reference: str = ""
    amount: Money | None = None

    @property
    def storable_id(self) -> str:
        """The provider's id of any length, as one that fits into every column and stays its own."""
        if len(self.event_id) <= LONGEST_ID:
            return self.event_id
        return f"sha256:{hashlib.sha256(self.event_id.encode()).hexdigest()}"


class ForgedWebhook(Refusal):
    """The webhook's signature or timestamp does not hold; nothing was stored."""

    code = "payments.forged_webhook"
    status = 400
    message = "The webhook is not signed by {provider}, or older than 5 minutes; send it again, signed."
    provider: str


class PaymentProvider(Protocol):
    """A bank, or whoever moves money for us.

    Each request raises `Unavailable` if it was certainly not executed, `OutcomeUnknown` if it perhaps was.
    """

    def authorize(self, *, key: str, amount: Money, token: str, return_path: str) -> Outcome:
        """Set `amount` aside. return_path: where in the shop the shopper comes back after an action."""

    def capture(self, *, key: str, reference: str, amount: Money) -> Outcome:
        """Take a part of what is set aside, or all of it."""

    def void(self, *, key: str, reference: str, currency: str) -> Outcome:
        """Give back what is set aside and not captured; the outcome's amount may be zero."""

    def refund(self, *, key: str, reference: str, amount: Money) -> Outcome:
        """Give captured money back."""

    def find(self, *, key: str) -> Outcome | None:
        """What became of the request with this key; None if it never arrived."""

    def standing(self, *, key: str) -> Standing | None:
        """All that it moved for the payment which it authorized under this key; None if it knows none."""

    def parse_webhook(self, *, body: bytes, headers: Mapping[str, str]) -> Notice:
        """Verify a webhook and read its facts.

        :raises ForgedWebhook: the signature does not hold, or its time is more than 5 minutes off
        """
