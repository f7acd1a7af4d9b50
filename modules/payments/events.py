"""Payments: facts about money. Amounts are those of the fact, not running totals, unless they say so."""

from storefront.events import Event
from storefront.money import Money


class PaymentAuthorized(Event, type="payments.payment_authorized", version=1, subject="order_id"):
    """The bank has set money aside."""

    order_id: str
    payment_id: str
    amount: Money


class PaymentCaptured(Event, type="payments.payment_captured", version=1, subject="order_id"):
    """Money was taken."""

    order_id: str
    payment_id: str
    amount: Money
    captured_total: Money  # of this payment, after this fact


class PaymentVoided(Event, type="payments.payment_voided", version=1, subject="order_id"):
    """Money that was set aside was given back."""

    order_id: str
    payment_id: str


class PaymentRefunded(Event, type="payments.payment_refunded", version=1, subject="order_id"):
    """Captured money was given back."""

    order_id: str
    payment_id: str
    refund_id: str
    amount: Money
    refunded_total: Money  # of this payment, after this fact


class PaymentDisputed(Event, type="payments.payment_disputed", version=1, subject="order_id"):
    """The card's owner asked the bank for the money back."""

    order_id: str
    payment_id: str
    amount: Money
