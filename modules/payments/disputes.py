"""Chargebacks: the card's owner took the money back through the bank. Recorded once per event of the provider."""

import logging
from datetime import datetime

from modules.payments.announcing import announce
from modules.payments.models import Attempt, LedgerEntry, Payment
from modules.payments.providers.protocol import Notice
from modules.payments.recording import Request
from modules.payments.settling import GIVEN_TWICE
from storefront.money import Money

log = logging.getLogger(__name__)


class DisputeOfNobody(LookupError):
    """The disputed payment is not known here (yet)."""


class DisputedBeforeTaken(LookupError):
    """More is disputed than is known to be taken, while a capture is under way: its answer has been overtaken."""


def record_dispute(provider: str, notice: Notice, *, now: datetime) -> str:
    """Enter a chargeback in the ledger and mark the payment; a second notice of it changes nothing.

    A refund that is still to be asked for is not made any more: `asking` sees to that. One that was made is contested.

    :raises DisputeOfNobody: no payment has this reference
    :raises DisputedBeforeTaken: it is to be heard again when the capture's outcome is known
    """
    payment = Payment.objects.select_for_update().filter(provider=provider, reference=notice.reference).first()
    if payment is None or not notice.reference or notice.amount is None:
        raise DisputeOfNobody(f"No payment of {provider} is called {notice.reference!r} there.")
    key = f"dispute:{provider}:{notice.storable_id}"
    if Attempt.objects.filter(key=key).exists():
        return "known already"
    if notice.amount.currency != payment.currency:
        return _alarm(payment, f"Disputed in another currency: {notice.amount}.")
    taken = payment.captured - payment.charged_back
    if taken < notice.amount.amount <= taken + payment.charge_pending:
        raise DisputedBeforeTaken(f"{notice.amount} of {payment.id} are disputed; their capture is not confirmed.")
    if not 0 < notice.amount.amount <= taken:
        return _alarm(payment, f"Disputed for {notice.amount}, which is not what was taken.")
    Attempt.objects.create(
        key=key, payment=payment, kind="dispute", amount=notice.amount.amount, status=Attempt.Status.SUCCESS,
        started_at=now,
    )
    _enter(payment, notice.amount, key=key, notice=notice, now=now)
    return "disputed"


def _alarm(payment: Payment, text: str) -> str:
    """Nothing is believed; somebody must look."""
    Payment.objects.filter(id=payment.id).update(alarm=text[:300])
    log.error("A payment needs a look.", extra={"payment": payment.id, "alarm": text})
    return f"alarmed: {text}"


def _enter(payment: Payment, amount: Money, *, key: str, notice: Notice, now: datetime) -> None:
    payment.charged_back += amount.amount
    payment.status = Payment.Status.DISPUTED
    payment.version += 1
    payment.updated_at = now
    if payment.refunded + payment.charged_back > payment.captured:
        payment.alarm = GIVEN_TWICE
        log.error("A payment needs a look.", extra={"payment": payment.id, "alarm": GIVEN_TWICE})
    payment.save(update_fields=["charged_back", "status", "version", "updated_at", "alarm"])
    LedgerEntry.objects.create(
        payment=payment, number=payment.version, kind="chargeback", amount=amount.amount,
        reference=notice.storable_id, at=now,
    )
    announce("chargeback", payment, Request("capture", key, payment.id, amount))
