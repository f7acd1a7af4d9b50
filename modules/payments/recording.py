"""First halves: what we are about to ask of a provider is written down before it is asked."""

from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from modules.payments.models import Payment
from modules.payments.statement import ALIAS, Step, run
from storefront.database.instant import adapted
from storefront.ids import ulid
from storefront.money import Money

ASK_AFTER = timedelta(seconds=30)
"""How long an attempt may be under way before the provider is asked what became of it."""

Kind = Literal["authorize", "capture", "void", "refund"]


class Request(NamedTuple):
    """One request to a provider: who asks it for what. `key` is the idempotency key there."""

    kind: Kind
    key: str
    payment_id: str
    amount: Money
    refund_id: str = ""
    reason: str = ""


class Account(NamedTuple):
    """Where a payment is kept: the provider's name, and its name for the payment."""

    provider: str
    reference: str


_ATTEMPT = """
INSERT INTO payments_attempt (key, payment_id, kind, amount, refund_id, reason, status, error, started_at, due_at)
SELECT %(key)s, payment.id, %(kind)s, %(amount)s, %(refund_id)s, %(reason)s, 'pending', '', %(now)s, %(due)s
FROM payment
"""
_ENTRY = """
INSERT INTO payments_ledgerentry (payment_id, number, kind, amount, reference, reason, at)
SELECT payment.id, payment.version, %(entry)s, %(amount)s, %(refund_id)s, %(reason)s, %(now)s FROM payment
"""
_NEW_PAYMENT = """
INSERT INTO payments_payment (id, order_id, provider, status, currency, amount, authorized, captured, refunded,
  canceled, charged_back, authorization_pending, charge_pending, refund_pending, cancel_pending, reference, action_url,
  decline_reason, alarm, version, created_at, updated_at)
VALUES (%(payment)s, %(order)s, %(provider)s, 'pending', %(currency)s, %(amount)s, 0, 0, 0, 0,
  0, %(amount)s, 0, 0, 0, '', '', '', '', 1, %(now)s, %(now)s)
ON CONFLICT (id) DO NOTHING RETURNING id, version, provider, reference
"""
_MOVE = """
UPDATE payments_payment SET {bucket} = {bucket} + %(amount)s, version = version + 1, updated_at = %(now)s
WHERE id = %(payment)s AND currency = %(currency)s AND {room} >= %(amount)s AND %(amount)s > 0 AND status IN {states}
  AND NOT EXISTS (SELECT 1 FROM payments_attempt WHERE key = %(key)s)
RETURNING id, version, provider, reference
"""
ROOM = {
    "capture": "authorized - captured - charge_pending - canceled - cancel_pending",
    "refund": "captured - refunded - refund_pending",
}
STATES = {"capture": ("authorized", "captured"), "refund": ("captured",)}
_BUCKETS = {"capture": "charge_pending", "refund": "refund_pending"}
_ENTRIES = {
    "authorize": "authorization_request", "capture": "charge_request", "void": "cancel_request",
    "refund": "refund_request",
}


def authorization_key(payment_id: str) -> str:
    """One authorization per payment, whoever asks for it however often."""
    return f"authorize:{payment_id}"


def void_key(payment_id: str) -> str:
    """One void per payment at the provider."""
    return f"void:{payment_id}"


def open_payment(request: Request, *, order_id: str, provider: str, now: datetime) -> bool:
    """Record a new payment and its authorization; False if the payment is known already."""
    return bool(_record(request, _NEW_PAYMENT, now=now, order=order_id, provider=provider))


def open_movement(request: Request, *, now: datetime) -> Account | None:
    """Claim the amount within its cap and record the attempt; None if cap, state, currency or key forbid it.

    :raises IntegrityError: the same attempt is being recorded by another at this moment
    """
    move = _MOVE.format(bucket=_BUCKETS[request.kind], room=ROOM[request.kind], states=STATES[request.kind])
    move = move if len(STATES[request.kind]) > 1 else move.replace(",)", ")")
    return _record(request, move, now=now)


def _record(request: Request, payment: str, *, now: datetime, **more: str) -> Account | None:
    instant = adapted(ALIAS, now)
    parameters: dict[str, Any] = {
        "payment": request.payment_id, "key": request.key, "kind": request.kind, "amount": request.amount.amount,
        "currency": request.amount.currency, "refund_id": request.refund_id, "reason": request.reason, "now": instant,
        "due": adapted(ALIAS, now + ASK_AFTER), "entry": _ENTRIES[request.kind], **more,
    }
    steps = (
        Step("payment", payment, ("id", "version", "provider", "reference")),
        Step("attempt", _ATTEMPT),
        Step("entry", _ENTRY),
    )
    rows = run(steps, parameters, answer="payment")
    return Account(rows[0][2], rows[0][3]) if rows else None


def tombstone(payment_id: str, *, now: datetime) -> None:
    """Remember that a payment was voided before anyone heard of it; harmless if it is known."""
    Payment.objects.bulk_create(
        [
            Payment(
                id=payment_id, order_id="", provider="", status=Payment.Status.VOIDED, currency="", amount=0,
                created_at=now, updated_at=now,
            )
        ],
        ignore_conflicts=True,
    )


def fresh_refund_id() -> str:
    """An id for a refund that an operator asks for."""
    return f"rfd_{ulid()}"
