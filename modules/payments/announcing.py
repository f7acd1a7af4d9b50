"""Which facts other modules hear of. Published in the transaction that makes them true, by whoever won it."""

from modules.payments.events import (
    PaymentAuthorized,
    PaymentCaptured,
    PaymentDisputed,
    PaymentRefunded,
    PaymentVoided,
)
from modules.payments.models import Payment
from modules.payments.recording import Request
from storefront.events import publish
from storefront.money import Money


def announce(entry: str, payment: Payment, request: Request) -> None:
    """Publish the event of a new ledger entry, if it has one.

    An authorization that comes after the void is not announced: it is given back at once.
    """
    order_id, payment_id, amount = payment.order_id, payment.id, request.amount
    if entry == "authorization_success" and payment.status == Payment.Status.AUTHORIZED:
        publish(PaymentAuthorized(order_id=order_id, payment_id=payment_id, amount=amount))
    elif entry == "charge_success":
        total = Money(payment.captured, payment.currency)
        publish(PaymentCaptured(order_id=order_id, payment_id=payment_id, amount=amount, captured_total=total))
    elif entry == "cancel_success" and not amount.is_zero:
        publish(PaymentVoided(order_id=order_id, payment_id=payment_id))
    elif entry == "refund_success":
        publish(
            PaymentRefunded(
                order_id=order_id, payment_id=payment_id, refund_id=request.refund_id, amount=amount,
                refunded_total=Money(payment.refunded, payment.currency),
            )
        )
    elif entry == "chargeback":
        publish(PaymentDisputed(order_id=order_id, payment_id=payment_id, amount=amount))
