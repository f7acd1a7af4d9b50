"""The sweep: attempts whose outcome nobody waits for any more are looked up at the provider and settled."""

import logging
from datetime import datetime, timedelta

from django.db import connections

from modules.payments.asking import NOT_SENT, released, resumed
from modules.payments.models import Attempt, Payment
from modules.payments.moving import OPEN
from modules.payments.providers.protocol import Outcome
from modules.payments.providers.registry import provider_of
from modules.payments.recording import authorization_key
from modules.payments.settling import settle
from modules.payments.statement import ALIAS
from modules.payments.voiding import begin_void, conclude_void, request_of
from storefront import clock
from storefront.calls.deadline import within
from storefront.calls.outsider import repeating
from storefront.database.instant import adapted
from storefront.database.unit import unit_of_work
from storefront.interface import OutcomeUnknown, Unavailable
from storefront.money import Money

log = logging.getLogger(__name__)

BATCH = 50
AGAIN = timedelta(minutes=1)
SECONDS_EACH = 5.0
NEVER_ARRIVED_AFTER = timedelta(minutes=20)
"""Longer than any caller repeats an authorization; whoever comes later is told that it failed."""
ABANDONED_AFTER = timedelta(minutes=30)
"""How long a shopper has to confirm at the bank."""

_CLAIM = """
UPDATE payments_attempt SET due_at = %(again)s WHERE key IN (
  SELECT key FROM payments_attempt WHERE due_at <= %(now)s ORDER BY due_at, key LIMIT %(limit)s) AND due_at <= %(now)s
RETURNING key
"""


def reconcile(*, now: datetime) -> int:
    """Settle what is due; each attempt is asked about once a minute. Returns how many were looked at."""
    if not Attempt.objects.filter(due_at__lte=now).exists():  # spares SQLite's one writer
        return 0
    values = {"now": adapted(ALIAS, now), "again": adapted(ALIAS, now + AGAIN), "limit": BATCH}
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(_CLAIM, values)
        keys = sorted(row[0] for row in cursor.fetchall())
    for attempt in Attempt.objects.filter(key__in=keys).select_related("payment"):
        try:
            with within(SECONDS_EACH), repeating():
                look_after(attempt, now=now)
        except (Unavailable, OutcomeUnknown) as error:
            log.warning("A payment cannot be reconciled yet.", extra={"key": attempt.key, "cause": str(error)})
        except Exception:
            log.exception("A payment was not reconciled; it is tried again in a minute.", extra={"key": attempt.key})
    return len(keys)


def look_after(attempt: Attempt, *, now: datetime) -> None:
    """Ask the provider what became of an attempt that is under way, and settle it if it can tell."""
    if attempt.kind == "void":
        release(attempt.payment)
    elif attempt.kind == "authorize":
        _look_after_authorization(attempt, now=now)
    else:
        _finish(attempt)


def release(payment: Payment) -> None:
    """Give back what the provider holds for a voided payment."""
    found = released(provider_of(payment.provider), payment, is_again=True)
    with unit_of_work(ALIAS) as unit:
        unit.now = clock.now()
        conclude_void(payment.id, found, now=unit.now)


def _look_after_authorization(attempt: Attempt, *, now: datetime) -> None:
    age = now - attempt.started_at
    if attempt.status == Attempt.Status.ACTION_REQUIRED and age >= ABANDONED_AFTER:
        return _abandon(attempt.payment_id)
    is_unsent = attempt.error == NOT_SENT
    outcome = None if is_unsent else provider_of(attempt.payment.provider).find(key=attempt.key)
    if outcome is None and age >= NEVER_ARRIVED_AFTER:
        amount = Money(attempt.amount, attempt.payment.currency)
        outcome = Outcome(status="declined", amount=amount, reason="never_arrived")
    if outcome is not None:
        _settle(attempt, outcome)
    return None


def _abandon(payment_id: str) -> None:
    with unit_of_work(ALIAS) as unit:
        unit.now = clock.now()
        payment = begin_void(payment_id, now=unit.now)
    if payment is not None:
        release(payment)


def _finish(attempt: Attempt) -> None:
    """A capture or refund was decided when it was recorded: carry it out if it never arrived, and still may be."""
    provider, request = provider_of(attempt.payment.provider), request_of(attempt, attempt.payment.currency)
    _settle(attempt, resumed(provider, attempt, request, reference=attempt.payment.reference)())


def _settle(attempt: Attempt, outcome: Outcome) -> None:
    with unit_of_work(ALIAS) as unit:
        unit.now = clock.now()
        settle(request_of(attempt, attempt.payment.currency), outcome, now=unit.now)


def settle_return(payment_id: str) -> Payment | None:
    """The shopper's browser came back from the bank: ask how the payment stands, and settle it; None if unknown."""
    attempt = Attempt.objects.filter(key=authorization_key(payment_id)).select_related("payment").first()
    if attempt is None:
        return None
    if attempt.status in OPEN:
        with within(SECONDS_EACH):
            outcome = provider_of(attempt.payment.provider).find(key=attempt.key)
        if outcome is not None:
            _settle(attempt, outcome)
    return Payment.objects.get(id=payment_id)
