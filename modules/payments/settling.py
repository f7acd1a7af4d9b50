"""Second halves: the one place where a provider's outcome becomes a fact.

Command, webhook, browser return and sweep all come here. The attempt's conditional UPDATE has one winner;
only the winner changes the payment, writes the ledger and publishes.
"""

import logging
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from modules.payments.announcing import announce
from modules.payments.models import Attempt, Payment
from modules.payments.providers.protocol import Outcome
from modules.payments.recording import Request
from modules.payments.statement import ALIAS, Step, run
from storefront.database.instant import adapted

log = logging.getLogger(__name__)

RECHECK = timedelta(minutes=1)

GIVEN_TWICE = "More was given back than was taken: refunded, and disputed too. Contest the dispute at its provider."

PAYMENT_COLUMNS = (
    "id", "order_id", "provider", "status", "currency", "amount", "authorized", "captured", "refunded", "canceled",
    "charged_back", "cancel_pending", "reference", "action_url", "decline_reason", "alarm", "version",
)


class Effect(NamedTuple):
    """What an outcome does: to the attempt, in the ledger, to the payment's projections."""

    result: str
    entry: str
    projection: str


_OPEN = "status IN ('pending', 'action_required')"
_AUTHORIZATION_OVER = "authorization_pending = 0, action_url = ''"
_FAILED = (
    f"{_AUTHORIZATION_OVER}, decline_reason = %(reason)s, status = CASE WHEN {_OPEN} THEN 'failed' ELSE status END"
)

EFFECTS: dict[tuple[str, str], Effect] = {
    ("authorize", "approved"): Effect(
        "success", "authorization_success",
        f"{_AUTHORIZATION_OVER}, authorized = authorized + %(amount)s, reference = %(reference)s,"
        " cancel_pending = cancel_pending + CASE WHEN status = 'voided' THEN %(amount)s ELSE 0 END,"
        f" status = CASE WHEN {_OPEN} THEN 'authorized' ELSE status END",
    ),
    ("authorize", "action_required"): Effect(
        "action_required", "authorization_action_required",
        "action_url = %(action_url)s, reference = %(reference)s,"
        " status = CASE WHEN status = 'pending' THEN 'action_required' ELSE status END",
    ),
    ("authorize", "declined"): Effect("failure", "authorization_failure", _FAILED),
    ("authorize", "mismatch"): Effect(
        "mismatch", "authorization_failure", f"{_FAILED}, alarm = %(alarm)s, reference = %(reference)s"
    ),
    ("capture", "approved"): Effect(
        "success", "charge_success",
        "captured = captured + %(amount)s, charge_pending = charge_pending - %(amount)s,"
        " status = CASE WHEN status = 'authorized' THEN 'captured' ELSE status END",
    ),
    ("capture", "declined"): Effect("failure", "charge_failure", "charge_pending = charge_pending - %(amount)s"),
    ("capture", "mismatch"): Effect(
        "mismatch", "charge_failure", "charge_pending = charge_pending - %(amount)s, alarm = %(alarm)s"
    ),
    ("void", "approved"): Effect(
        "success", "cancel_success",
        "canceled = canceled + %(amount)s, cancel_pending = cancel_pending - %(amount)s",
    ),
    ("void", "declined"): Effect(
        "failure", "cancel_failure", "cancel_pending = cancel_pending - %(amount)s, alarm = %(alarm)s"
    ),
    ("void", "mismatch"): Effect(
        "mismatch", "cancel_failure", "cancel_pending = cancel_pending - %(amount)s, alarm = %(alarm)s"
    ),
    ("refund", "approved"): Effect(
        "success", "refund_success",
        "refunded = refunded + %(amount)s, refund_pending = refund_pending - %(amount)s,"
        " alarm = CASE WHEN refunded + %(amount)s + charged_back > captured THEN %(given_twice)s ELSE alarm END",
    ),
    ("refund", "declined"): Effect("failure", "refund_failure", "refund_pending = refund_pending - %(amount)s"),
    ("refund", "mismatch"): Effect(
        "mismatch", "refund_failure", "refund_pending = refund_pending - %(amount)s, alarm = %(alarm)s"
    ),
}
_WON = """
UPDATE payments_attempt SET status = %(result)s, error = %(reason)s, due_at = %(due)s
WHERE key = %(key)s AND status IN {open} RETURNING payment_id
"""
_PAID = """
UPDATE payments_payment SET {projection}, version = version + 1, updated_at = %(now)s
FROM won WHERE payments_payment.id = won.payment_id RETURNING {columns}
"""
_ENTRY = """
INSERT INTO payments_ledgerentry (payment_id, number, kind, amount, reference, reason, at)
SELECT paid.id, paid.version, %(entry)s, %(amount)s, %(name)s, %(reason)s, %(now)s FROM paid
"""
_RELEASE_LATER = """
INSERT INTO payments_attempt (key, payment_id, kind, amount, refund_id, reason, status, error, started_at, due_at)
SELECT %(release)s, paid.id, 'void', paid.cancel_pending, '', 'authorized after it was voided', 'pending', '', %(now)s,
  %(now)s FROM paid WHERE paid.status = 'voided' AND paid.cancel_pending > 0
ON CONFLICT (key) DO NOTHING
"""


def settle(request: Request, outcome: Outcome, *, now: datetime) -> Payment | None:
    """Make the outcome of `request` a fact; returns the payment as it is then, or None if that was done before.

    Runs in the transaction at hand. An approval of another amount or currency is not taken: the payment is alarmed.
    """
    status = _judged(request, outcome)
    effect = EFFECTS[request.kind, status]
    rows = run(_steps(request, effect), _parameters(request, outcome, effect, now=now), answer="paid")
    if not rows:
        _compare(request, outcome)
        return None
    payment = Payment(**dict(zip(PAYMENT_COLUMNS, rows[0], strict=True)))
    if payment.alarm:
        log.error("A payment needs a look.", extra={"payment": payment.id, "alarm": payment.alarm})
    announce(effect.entry, payment, request)
    return payment


def _compare(request: Request, outcome: Outcome) -> None:
    """A refund that counts as not made must not have been made: what is settled stays, and somebody must look."""
    if request.kind != "refund" or outcome.status != "approved":
        return
    if Attempt.objects.filter(key=request.key, status=Attempt.Status.FAILURE).exists():
        alarm = f"Refund {request.refund_id} of {request.amount} counts as declined, but its provider has made it."
        Payment.objects.filter(id=request.payment_id).update(alarm=alarm)
        log.error("A payment needs a look.", extra={"payment": request.payment_id, "alarm": alarm})


def _judged(request: Request, outcome: Outcome) -> str:
    """A void recorded before the authorization was known is of nothing; what the bank gave back is the late one's."""
    is_early_void = request.kind == "void" and request.amount.is_zero
    differs = outcome.status == "approved" and outcome.amount != request.amount and not is_early_void
    return "mismatch" if differs else outcome.status


def _steps(request: Request, effect: Effect) -> list[Step]:
    still_open = "('pending')" if effect.result == "action_required" else "('pending', 'action_required')"
    paid = _PAID.format(projection=effect.projection, columns=", ".join(PAYMENT_COLUMNS))
    steps = [
        Step("won", _WON.format(open=still_open), ("payment_id",)),
        Step("paid", paid, PAYMENT_COLUMNS),
        Step("entry", _ENTRY),
    ]
    if effect.entry == "authorization_success":
        steps.append(Step("release", _RELEASE_LATER))
    return steps


def _parameters(request: Request, outcome: Outcome, effect: Effect, *, now: datetime) -> dict[str, Any]:
    reason = "amount_mismatch" if effect.result == "mismatch" else outcome.reason
    waits = effect.result == "action_required"
    return {
        "key": request.key, "result": effect.result, "entry": effect.entry, "amount": request.amount.amount,
        "reason": reason[:60], "reference": outcome.reference, "action_url": outcome.action_url,
        "name": request.refund_id or outcome.reference, "now": adapted(ALIAS, now),
        "due": adapted(ALIAS, now + RECHECK) if waits else None,
        "alarm": f"{request.kind} of {request.amount}: the provider says {outcome.status}"
        f" {outcome.reason or ''} {outcome.amount}.",
        "given_twice": GIVEN_TWICE, "release": late_void_key(request.payment_id),
    }


def late_void_key(payment_id: str) -> str:
    """The attempt that gives back what was set aside after the payment had been voided."""
    return f"void:{payment_id}:late"
