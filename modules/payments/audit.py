"""The books of payments, checked against the ledger, against what was announced, and against the sandbox bank's."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from django.db.models import Count, Sum

from modules.payments import truth
from modules.payments.models import ALARMED, GIVEN_UP, Attempt, LedgerEntry, Payment, WebhookReceipt
from modules.payments.moving import OPEN
from modules.payments.projecting import LEDGER, PENDING, project
from modules.payments.recording import authorization_key
from modules.payments.sandbox import books
from modules.payments.settling import GIVEN_TWICE
from storefront import clock
from storefront.audit import Finding
from storefront.audit.pages import pages_of
from storefront.nudge import nudge

SETTLED_WITHIN = timedelta(minutes=10)
"""After this long the bank's books and ours must say the same."""
LOOKED_AT_WITHIN = timedelta(hours=1)
"""The sweep asks about each open attempt once a minute; one that is due for so long, nobody asks about."""

Sums = dict[str, dict[str, int]]


def audit() -> Iterator[Finding]:
    """One sentence for each defect in the books."""
    for page in pages_of(Payment.objects.all()):
        yield from _ledger_defects(page)
    yield from _attempts()
    yield from _alarms()
    yield from _given_up()
    yield from _shared_references()
    yield from _bank_defects()


def _ledger_defects(page: list[Payment]) -> Iterator[Finding]:
    ids = [payment.id for payment in page]
    sums = _sums(LedgerEntry.objects.filter(payment_id__in=ids))
    pending = _sums(Attempt.objects.filter(payment_id__in=ids, status__in=OPEN))
    for payment in page:
        if payment.currency and not sums[payment.id]:
            yield Finding(
                f"Payment {payment.id} has no ledger; its amounts are of unknown origin.",
                code="payments.without_ledger", about=payment.id,
                remedy="Compare it with its provider's own pages, and enter what is true there.",
            )
        differing = [
            f"{column} is {getattr(payment, column)}, but its entries add up to {found[payment.id].get(kind, 0)}"
            for names, found in ((LEDGER, sums), (PENDING, pending))
            for column, kind in names.items() if getattr(payment, column) != found[payment.id].get(kind, 0)
        ]
        if differing:
            yield Finding(
                f"Payment {payment.id}: {'; '.join(differing)}.",
                code="payments.differs_from_ledger", about=payment.id,
                repair=partial(project, payment.id) if sums[payment.id] else None,
            )
        if payment.refunded + payment.charged_back > payment.captured and payment.alarm != GIVEN_TWICE:
            yield Finding(
                f"Payment {payment.id} took {payment.captured} minor units; {payment.refunded} were refunded, and"
                f" {payment.charged_back} disputed.",
                code="payments.given_back_twice", about=payment.id, remedy="Contest the dispute at its provider.",
            )


def _sums(rows: Any) -> Sums:
    found: Sums = defaultdict(dict)
    for payment_id, name, total in rows.order_by().values_list("payment_id", "kind").annotate(Sum("amount")):
        found[payment_id][name] = total
    return found


def _attempts() -> Iterator[Finding]:
    """Whatever is under way at a provider is asked about until it is settled."""
    now = clock.now()
    for page in pages_of(Attempt.objects.filter(status__in=OPEN)):
        for attempt in page:
            if attempt.due_at is None or attempt.due_at > now + LOOKED_AT_WITHIN:
                yield Finding(
                    f"Attempt {attempt.key} of payment {attempt.payment_id} is {attempt.status}, and nobody asks.",
                    code="payments.attempt_unscheduled", about=attempt.key, repair=partial(_ask_soon, attempt.key),
                )
            elif attempt.due_at < now - LOOKED_AT_WITHIN:
                yield Finding(
                    f"Attempt {attempt.key} of payment {attempt.payment_id} is to be asked about since"
                    f" {attempt.due_at:%Y-%m-%d %H:%M}.",
                    code="payments.attempt_overdue", about=attempt.key, remedy="Is the background work running?",
                )


def _ask_soon(key: str) -> str:
    Attempt.objects.filter(key=key, status__in=OPEN).update(due_at=clock.now())
    nudge("payments")
    return "Its provider is asked within a minute."


def _alarms() -> Iterator[Finding]:
    for page in pages_of(Payment.objects.filter(ALARMED)):
        for payment in page:
            yield Finding(
                f"Payment {payment.id} is alarmed: {payment.alarm}", code="payments.alarmed", about=payment.id,
                remedy="Compare it with its provider's own pages.",
            )
    old = clock.now() - SETTLED_WITHIN
    unfinished = Payment.objects.filter(status=Payment.Status.VOIDED, cancel_pending__gt=0, updated_at__lt=old)
    for page in pages_of(unfinished):
        for payment in page:
            yield Finding(
                f"Payment {payment.id} is voided, but {payment.cancel_pending} minor units are still set aside.",
                code="payments.void_unfinished", about=payment.id, repair=partial(truth.adopt, payment.id),
            )


def _given_up() -> Iterator[Finding]:
    """What a provider told and nobody acted upon."""
    for page in pages_of(WebhookReceipt.objects.filter(GIVEN_UP)):
        for receipt in page:
            yield Finding(
                f"Webhook {receipt.event_id} of {receipt.provider} is given up: {receipt.result}",
                code="payments.webhook_given_up", about=receipt.pk,
                remedy=f"Have the cause mended, then: manage.py payment_webhooks replay {receipt.pk}",
            )


def _shared_references() -> Iterator[Finding]:
    """A provider that gives two payments one name counts one charge twice."""
    named = Payment.objects.exclude(reference="").order_by("provider", "reference").values("provider", "reference")
    for shared in named.annotate(count=Count("id")).filter(count__gt=1):
        ids = sorted(Payment.objects.filter(**{name: shared[name] for name in ("provider", "reference")})
                     .values_list("id", flat=True))
        yield Finding(
            f"{', '.join(ids)} are one payment, {shared['reference']}, to {shared['provider']}.",
            code="payments.shared_reference", about=shared["reference"],
            remedy="Compare them with its provider's own pages: all but one were never charged.",
        )


def _bank_defects() -> Iterator[Finding]:
    """Both ways: all that the bank moved is ours, and all that we believe in is the bank's."""
    before = clock.now() - SETTLED_WITHIN
    for lines in books.account(before=before):
        known = Payment.objects.in_bulk([_payment_of(line.key) for line in lines])
        for line in lines:
            payment = known.get(_payment_of(line.key))
            if payment is None or not payment.currency or payment.provider != "sandbox":
                yield Finding(
                    f"The sandbox bank set {line.authorized} {line.currency} aside for {line.key}, which we do not"
                    f" know; it took {line.captured} and gave {line.voided + line.refunded} back.",
                    code="payments.unknown_to_us", about=_payment_of(line.key),
                    remedy="If an order names it, checkout's repair recovers it; else give it back at the bank.",
                )
            elif payment.updated_at < before:
                yield from _compared(payment, line)
    ours = Payment.objects.filter(provider="sandbox", created_at__lt=before, authorized__gt=0)
    for page in pages_of(ours):
        theirs = books.lines([authorization_key(payment.id) for payment in page])
        for payment in page:
            if authorization_key(payment.id) not in theirs:
                yield Finding(
                    f"Payment {payment.id}: {payment.authorized} set aside by our books; the sandbox bank knows"
                    " nothing.",
                    code="payments.unknown_to_bank", about=payment.id,
                    remedy="Nobody was charged: cancel its order, or ask its buyer to pay again.",
                )


def _compared(payment: Payment, line: books.AccountLine) -> Iterator[Finding]:
    theirs = (line.currency, line.authorized - line.voided, line.captured, line.refunded)
    known = (payment.currency, payment.authorized - payment.canceled, payment.captured, payment.refunded)
    if theirs != known:
        yield Finding(
            f"Payment {payment.id}: we say {known}, the sandbox bank says {theirs} (held, captured, refunded).",
            code="payments.differs_from_bank", about=payment.id, repair=partial(truth.adopt, payment.id),
        )


def _payment_of(key: str) -> str:
    return key.removeprefix(authorization_key(""))
