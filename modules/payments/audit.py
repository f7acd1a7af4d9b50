"""The books of payments, checked against the ledger and against the sandbox bank's."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, Sum

from modules.payments.models import Attempt, LedgerEntry, Payment
from modules.payments.moving import OPEN
from modules.payments.recording import authorization_key
from modules.payments.sandbox import books
from storefront import clock

SETTLED_WITHIN = timedelta(minutes=10)
"""After this long the bank's books and ours must say the same."""

_LEDGER = {
    "authorized": "authorization_success", "captured": "charge_success", "refunded": "refund_success",
    "canceled": "cancel_success", "charged_back": "chargeback",
}
_PENDING = {
    "authorization_pending": "authorize", "charge_pending": "capture", "refund_pending": "refund",
    "cancel_pending": "void",
}

Sums = dict[str, dict[str, int]]


def audit() -> Iterator[str]:
    """One sentence for each defect in the books."""
    yield from _ledger_defects()
    yield from _alarms()
    yield from _bank_defects()


def _ledger_defects() -> Iterator[str]:
    sums = _sums(LedgerEntry.objects.all(), "kind")
    pending = _sums(Attempt.objects.filter(status__in=OPEN), "kind")
    entries = dict(LedgerEntry.objects.values_list("payment_id").annotate(Count("id")))
    for payment in Payment.objects.order_by("id").iterator(chunk_size=500):
        if payment.currency and not entries.get(payment.id):
            yield f"Payment {payment.id} has no ledger; its amounts are of unknown origin."
        for names, found in ((_LEDGER, sums), (_PENDING, pending)):
            for column, kind in names.items():
                shown, proven = getattr(payment, column), found[payment.id].get(kind, 0)
                if shown != proven:
                    yield f"Payment {payment.id}: {column} is {shown}, but its entries add up to {proven}."


def _sums(rows: object, kind: str) -> Sums:
    found: Sums = defaultdict(dict)
    for payment_id, name, total in rows.values_list("payment_id", kind).annotate(Sum("amount")):  # type: ignore[attr-defined]
        found[payment_id][name] = total
    return found


def _alarms() -> Iterator[str]:
    for payment in Payment.objects.exclude(alarm="").order_by("id"):
        yield f"Payment {payment.id} is alarmed: {payment.alarm}"
    old = clock.now() - SETTLED_WITHIN
    for payment in Payment.objects.filter(status=Payment.Status.VOIDED, cancel_pending__gt=0, updated_at__lt=old):
        yield f"Payment {payment.id} is voided, but {payment.cancel_pending} minor units are still set aside."


def _bank_defects() -> Iterator[str]:
    before = clock.now() - SETTLED_WITHIN
    ours = {
        authorization_key(payment.id): payment
        for payment in Payment.objects.filter(provider="sandbox", created_at__lt=before).iterator(chunk_size=500)
    }
    for line in books.account(before=before):
        payment = ours.pop(line.key, None)
        if payment is None:
            yield f"The sandbox bank set {line.authorized} {line.currency} aside for {line.key}, which we do not know."
            continue
        theirs = (line.currency, line.authorized - line.voided, line.captured, line.refunded)
        known = (payment.currency, payment.authorized - payment.canceled, payment.captured, payment.refunded)
        if theirs != known:
            yield f"Payment {payment.id}: we say {known}, the sandbox bank says {theirs} (held, captured, refunded)."
    for payment in ours.values():
        if payment.authorized:
            yield f"Payment {payment.id}: {payment.authorized} set aside by our books; the sandbox bank knows nothing."
