"""The bank: sets aside, takes and gives back money in its own books, each request in one short transaction.

It honours idempotency keys: a request seen before gets the first answer, and moves nothing.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal

from django.db import IntegrityError, connections, transaction

from modules.payments.providers.protocol import Outcome, Standing
from modules.payments.sandbox.models import BankOutage, BankPayment, BankRequest
from modules.payments.sandbox.tokens import ANNOUNCED, LATE, OUTAGES, REORDERED, verdict
from modules.payments.statement import ALIAS, Row, Step, run
from storefront import clock
from storefront.database.instant import adapted
from storefront.ids import new_id, secret_id
from storefront.money import Money

_ANNOUNCE = """
INSERT INTO bank_webhook (id, name, key, reference, currency, amount, copies, attempts, due_at, created_at)
SELECT %(event)s, %(event_name)s, book.key, book.id, book.currency, book.moved,
  CASE book.token WHEN 'tok_duplicate_webhook' THEN 2 ELSE 1 END, 0,
  CASE book.token WHEN 'tok_late_webhook' THEN %(late)s WHEN 'tok_out_of_order' THEN %(reordered)s ELSE %(now)s END,
  %(now)s
FROM book WHERE book.token IN {tokens}
"""
_AUTHORIZE = """
INSERT INTO bank_payment (id, key, token, currency, amount, status, reason, authorized, captured, voided, refunded,
  disputed, challenge, return_path, created_at)
VALUES (%(id)s, %(key)s, %(token)s, %(currency)s, %(amount)s, %(status)s, %(reason)s, %(authorized)s, 0, 0, 0,
  0, %(challenge)s, %(return_path)s, %(now)s)
ON CONFLICT (key) DO NOTHING RETURNING id, key, token, currency, authorized
"""
_RECORD = """
INSERT INTO bank_request (key, payment, kind, currency, amount, status, reason, created_at)
SELECT %(key)s, %(reference)s, %(kind)s, %(currency)s, COALESCE((SELECT moved FROM book), %(amount)s),
  CASE WHEN EXISTS (SELECT 1 FROM book) THEN 'approved' ELSE 'declined' END,
  CASE WHEN EXISTS (SELECT 1 FROM book) THEN '' ELSE 'not_possible' END, %(now)s
WHERE NOT EXISTS (SELECT 1 FROM bank_request WHERE key = %(key)s)
RETURNING status, amount, reason
"""
_DISPUTE = """
INSERT INTO bank_webhook (id, name, key, reference, currency, amount, copies, attempts, due_at, created_at)
SELECT %(dispute_event)s, 'payment.disputed', '', book.id, book.currency, book.moved, 1, 0, %(now)s, %(now)s
FROM book WHERE book.token = 'tok_chargeback'
"""
_ONCE = "AND NOT EXISTS (SELECT 1 FROM bank_request WHERE key = %(key)s)"
_MOVES = {  # constants only; every value is a parameter
    "capture": "UPDATE bank_payment SET captured = captured + %(amount)s,"  # noqa: S608
    " disputed = disputed + CASE WHEN token = 'tok_chargeback' THEN %(amount)s ELSE 0 END"
    " WHERE id = %(reference)s AND currency = %(currency)s AND status = 'authorized'"
    f" AND authorized - captured - voided >= %(amount)s AND %(amount)s > 0 {_ONCE}"
    " RETURNING id, %(key)s, token, currency, %(amount)s",
    "void": "UPDATE bank_payment SET voided = authorized - captured,"  # noqa: S608
    " status = CASE WHEN captured = 0 THEN 'voided' ELSE status END"
    f" WHERE id = %(reference)s AND status IN ('authorized', 'challenge') AND voided = 0 {_ONCE}"
    " RETURNING id, %(key)s, token, currency, voided",
    "refund": "UPDATE bank_payment SET refunded = refunded + %(amount)s"  # noqa: S608
    " WHERE id = %(reference)s AND currency = %(currency)s AND captured - refunded >= %(amount)s AND %(amount)s > 0"
    f" {_ONCE} RETURNING id, %(key)s, token, currency, %(amount)s",
}
BOOK = ("id", "key", "token", "currency", "moved")
EVENT_NAMES = {"capture": "payment.captured", "void": "payment.voided", "refund": "payment.refunded"}

Move = Literal["capture", "void", "refund"]


def authorize(*, key: str, amount: Money, token: str, return_path: str) -> Outcome:
    """Set `amount` aside, refuse, or ask for a confirmation, as the token says."""
    status, reason = verdict(token)
    parameters = _times("payment.authorized") | {
        "id": new_id("bnk"), "key": key, "token": token, "currency": amount.currency, "amount": amount.amount,
        "status": status, "reason": reason, "authorized": amount.amount if status == "authorized" else 0,
        "challenge": secret_id("cha") if status == "challenge" else None, "return_path": return_path,
    }
    steps = [Step("book", _AUTHORIZE, BOOK)]
    if token in ANNOUNCED:
        steps.append(announcement(ANNOUNCED))
    written = _write(steps, parameters, answer="book")
    if written and status != "challenge":
        return Outcome(
            status="approved" if status == "authorized" else "declined", amount=amount, reference=parameters["id"],
            reason=reason,
        )
    return outcome_of(BankPayment.objects.get(key=key))


def move(kind: Move, *, key: str, reference: str, amount: Money) -> Outcome:
    """Capture, void or refund; declined with `not_possible` where the books do not allow it."""
    parameters = _times(EVENT_NAMES[kind]) | {
        "key": key, "kind": kind, "reference": reference, "currency": amount.currency, "amount": amount.amount,
        "dispute_event": new_id("evt"),
    }
    steps = [
        Step("book", _MOVES[kind], BOOK),
        Step("request", _RECORD, ("status", "amount", "reason")),
        announcement(ANNOUNCED),
    ]
    if kind == "capture":
        steps.append(Step("dispute", _DISPUTE))
    try:
        rows = _write(steps, parameters, answer="request")
    except IntegrityError:  # the same request, at the same moment
        rows = []
    if not rows:
        return found(key) or Outcome(status="declined", amount=amount, reason="not_possible")
    status, moved, reason = rows[0]
    return Outcome(status=status, amount=Money(moved, amount.currency), reference=reference, reason=reason)


def found(key: str) -> Outcome | None:
    """What became of the request with this key."""
    payment = BankPayment.objects.filter(key=key).first()
    if payment:
        return outcome_of(payment)
    request = BankRequest.objects.filter(key=key).first()
    if request is None:
        return None
    return Outcome(
        status="approved" if request.status == "approved" else "declined",
        amount=Money(request.amount, request.currency), reference=request.payment, reason=request.reason,
    )


def standing(key: str) -> Standing | None:
    """What was moved so far for the payment with this key."""
    payment = BankPayment.objects.filter(key=key).first()
    if payment is None:
        return None
    return Standing(
        reference=payment.id, currency=payment.currency, authorized=payment.authorized, captured=payment.captured,
        voided=payment.voided, refunded=payment.refunded,
    )


def outcome_of(payment: BankPayment) -> Outcome:
    """An authorization as the bank reports it; one that was voided before any confirmation counts as declined."""
    amount = Money(payment.authorized or payment.amount, payment.currency)
    if payment.status == "challenge":
        url = f"/api/v1/sandbox/challenges/{payment.challenge}"
        return Outcome(status="action_required", amount=amount, reference=payment.id, action_url=url)
    if payment.authorized:
        return Outcome(status="approved", amount=amount, reference=payment.id)
    return Outcome(status="declined", amount=amount, reference=payment.id, reason=payment.reason or "voided")


def suffers_outage(key: str) -> bool:
    """Whether the bank fails this request before looking at it; it does so twice for each key."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {BankOutage._meta.db_table} AS outage (key, failures) VALUES (%s, 1)"  # noqa: S608
            " ON CONFLICT (key) DO UPDATE SET failures = outage.failures + 1 RETURNING failures",
            [key],
        )
        return bool(cursor.fetchone()[0] <= OUTAGES)


def announcement(tokens: Sequence[str]) -> Step:
    """Owe the merchant a webhook about what the step `book` did, if its token is one of these."""
    listed = ", ".join(f"'{token}'" for token in tokens)
    return Step("announced", _ANNOUNCE.format(tokens=f"({listed})"))


def _times(event_name: str) -> dict[str, Any]:
    now = clock.now()
    reordered = now + REORDERED if event_name == "payment.authorized" else now
    return {
        "event": new_id("evt"), "event_name": event_name, "now": adapted(ALIAS, now),
        "late": adapted(ALIAS, now + LATE), "reordered": adapted(ALIAS, reordered),
    }


def _write(steps: Sequence[Step], parameters: dict[str, Any], *, answer: str) -> list[Row]:
    with short_transaction():
        return run(steps, parameters, answer=answer)


def short_transaction() -> AbstractContextManager[Any]:
    """The bank's own; a single statement needs none."""
    return nullcontext() if connections[ALIAS].vendor == "postgresql" else transaction.atomic(using=ALIAS)
