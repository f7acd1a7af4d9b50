"""Void: accepted in any order, before the authorization, while it is under way, or after it."""

from datetime import datetime

from modules.payments.asking import NOT_SENT, Release
from modules.payments.interface import WrongState
from modules.payments.models import Attempt, LedgerEntry, Payment
from modules.payments.moving import OPEN
from modules.payments.providers.protocol import Outcome
from modules.payments.recording import ASK_AFTER, Request, authorization_key, tombstone, void_key
from modules.payments.settling import late_void_key, settle
from storefront.interface import Unavailable
from storefront.money import Money

NEVER_AUTHORIZED = "never_authorized"
"""Why a payment failed whose provider could not be asked before it was voided."""


def begin_void(payment_id: str, *, now: datetime) -> Payment | None:
    """Claim what is left and record the attempt; None if there is nothing to ask the provider for.

    From here on the payment is void: whatever is still under way will be given back.

    :raises WrongState: all of it was captured; refund it instead
    :raises Unavailable: a capture is under way; ask again when it is settled
    """
    tombstone(payment_id, now=now)
    payment = Payment.objects.select_for_update().get(id=payment_id)
    attempt = Attempt.objects.filter(key=void_key(payment_id)).first()
    if attempt:
        return _taken_up(payment, attempt)
    payment = _without_its_provider(payment, now=now)
    if not payment.currency or (payment.status == Payment.Status.FAILED and not payment.alarm):
        return None
    if payment.charge_pending:
        raise Unavailable(f"A capture of {payment_id} is under way; ask again when it is settled.")
    left = payment.authorized - payment.captured - payment.canceled
    if payment.captured and not left:
        raise WrongState(payment_id=payment_id, state=payment.status)
    _record(payment, left, now=now)
    return payment


def _without_its_provider(payment: Payment, *, now: datetime) -> Payment:
    """An authorization that was never sent is over; a provider that is away need not be waited for."""
    key = authorization_key(payment.id)
    if not Attempt.objects.filter(key=key, status=Attempt.Status.PENDING, error=NOT_SENT).exists():
        return payment
    amount = Money(payment.amount, payment.currency)
    settle(
        Request("authorize", key, payment.id, amount),
        Outcome(status="declined", amount=amount, reason=NEVER_AUTHORIZED), now=now,
    )
    return Payment.objects.select_for_update().get(id=payment.id)


def _taken_up(payment: Payment, attempt: Attempt) -> Payment | None:
    if attempt.status in OPEN:
        return payment
    if attempt.status != Attempt.Status.SUCCESS:
        raise WrongState(payment_id=payment.id, state="held back by its provider, which refused to void it")
    return None


def _record(payment: Payment, left: int, *, now: datetime) -> None:
    payment.cancel_pending += left
    payment.version += 1
    payment.updated_at = now
    if not payment.captured:
        payment.status = Payment.Status.VOIDED
    payment.save(update_fields=["cancel_pending", "version", "updated_at", "status"])
    Attempt.objects.create(
        key=void_key(payment.id), payment=payment, kind="void", amount=left, started_at=now, due_at=now + ASK_AFTER
    )
    LedgerEntry.objects.create(payment=payment, number=payment.version, kind="cancel_request", amount=left, at=now)


def conclude_void(payment_id: str, release: Release, *, now: datetime) -> Attempt:
    """Settle the authorization as the provider tells it, then what was given back."""
    payment = Payment.objects.get(id=payment_id)
    _settle_authorization(payment, release, now=now)
    attempts = Attempt.objects.filter(key__in=[void_key(payment_id), late_void_key(payment_id)]).order_by("key")
    for attempt in attempts:
        outcome = release.given_back
        if outcome is None or (attempt.key == void_key(payment_id) and not attempt.amount):
            if attempt.amount:
                continue  # the provider does not know what it told us before; the sweep asks again, the audit shows it
            outcome = Outcome(status="approved", amount=Money.zero(payment.currency))
        settle(request_of(attempt, payment.currency), outcome, now=now)
    return Attempt.objects.get(key=void_key(payment_id))


def _settle_authorization(payment: Payment, release: Release, *, now: datetime) -> None:
    """An authorization that never came is left open: it may still be on its way, and the sweep looks after it."""
    found, given = release
    if found is None:
        return
    if found.status == "action_required":
        is_confirmed = given is not None and not given.amount.is_zero
        status, amount = ("approved", given.amount) if given and is_confirmed else ("declined", found.amount)
        found = Outcome(
            status="approved" if status == "approved" else "declined", amount=amount, reference=found.reference,
            reason="" if is_confirmed else "voided",
        )
    request = Request("authorize", authorization_key(payment.id), payment.id, Money(payment.amount, payment.currency))
    settle(request, found, now=now)


def request_of(attempt: Attempt, currency: str) -> Request:
    """The request that a recorded attempt stands for."""
    return Request(
        attempt.kind, attempt.key, attempt.payment_id, Money(attempt.amount, currency),  # type: ignore[arg-type]  # only kinds are stored
        attempt.refund_id, attempt.reason,
    )
