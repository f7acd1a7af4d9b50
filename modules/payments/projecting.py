"""A payment's amounts are what its ledger and its open attempts add up to; here they are added up anew."""

from django.db import IntegrityError
from django.db.models import Sum

from modules.payments.models import Attempt, LedgerEntry, Payment
from modules.payments.moving import OPEN
from modules.payments.statement import ALIAS
from storefront import clock
from storefront.audit import NotDerivable
from storefront.database.unit import unit_of_work

LEDGER = {
    "authorized": "authorization_success", "captured": "charge_success", "refunded": "refund_success",
    "canceled": "cancel_success", "charged_back": "chargeback",
}
"""Column and the kind of entry that it is the sum of."""
PENDING = {
    "authorization_pending": "authorize", "charge_pending": "capture", "refund_pending": "refund",
    "cancel_pending": "void",
}
"""Column and the kind of attempt under way that it is the sum of."""


def project(payment_id: str) -> str:
    """Set the amounts of a payment to what its entries say.

    :raises NotDerivable: the entries themselves do not add up to a payment
    """
    try:
        with unit_of_work(ALIAS) as unit:
            unit.now = clock.now()
            payment = Payment.objects.select_for_update().get(id=payment_id)
            for column, kind in LEDGER.items():
                setattr(payment, column, _sum(LedgerEntry.objects.filter(payment_id=payment_id, kind=kind)))
            for column, kind in PENDING.items():
                open_attempts = Attempt.objects.filter(payment_id=payment_id, kind=kind, status__in=OPEN)
                setattr(payment, column, _sum(open_attempts))
            payment.save(update_fields=[*LEDGER, *PENDING])
    except IntegrityError as error:
        raise NotDerivable(f"Its entries do not add up to a payment: {error}") from error
    return "Its amounts are what its entries add up to."


def _sum(rows: object) -> int:
    return int(rows.aggregate(sum=Sum("amount"))["sum"] or 0)  # type: ignore[attr-defined]
