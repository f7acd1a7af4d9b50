"""What the public API of payments says and takes."""

from datetime import datetime
from typing import Annotated

import msgspec

from modules.payments.interface import PaymentView, RefundView
from storefront.interface import Value
from storefront.money import Money
from storefront.rest import Shape

Reason = Annotated[str, msgspec.Meta(max_length=200)]


class MovementIn(Shape):
    """How much to capture; the payment's whole amount if left out."""

    amount: Money | None = None


class RefundIn(Shape):
    """How much to give back, the payment's whole amount if left out, and why."""

    amount: Money | None = None
    reason: Reason = ""


class Nothing(Shape):
    """No fields: the path says it all."""


class LedgerLineOut(Value):
    """A fact of the payment's ledger."""

    kind: str
    amount: Money
    at: datetime
    reference: str


class PaymentOut(Value):
    """A payment with the amounts that its ledger adds up to."""

    id: str
    order: str
    provider: str
    status: str
    amount: Money
    authorized: Money
    captured: Money
    refunded: Money
    action_url: str
    ledger: tuple[LedgerLineOut, ...]

    @classmethod
    def of(cls, view: PaymentView) -> "PaymentOut":
        """What the public sees of a payment."""
        ledger = tuple(
            LedgerLineOut(kind=line.kind, amount=line.amount, at=line.at, reference=line.reference)
            for line in view.ledger
        )
        return cls(
            id=view.id, order=view.order_id, provider=view.provider, status=view.status, amount=view.amount,
            authorized=view.authorized, captured=view.captured, refunded=view.refunded, action_url=view.action_url,
            ledger=ledger,
        )


class RefundOut(Value):
    """A refund."""

    id: str
    payment: str
    amount: Money
    status: str

    @classmethod
    def of(cls, view: RefundView) -> "RefundOut":
        """What the public sees of a refund."""
        return cls(id=view.id, payment=view.payment_id, amount=view.amount, status=view.status)


class Received(Value):
    """The webhook was kept, or known already."""

    received: bool = True
