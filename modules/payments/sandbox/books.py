"""The bank's statement of account, for the shop's audit."""

from collections.abc import Iterator
from datetime import datetime

from modules.payments.sandbox.models import BankPayment
from storefront.interface import Value


class AccountLine(Value):
    """One payment in the bank's books. Amounts in minor units; key: the shop's key of the authorization."""

    key: str
    currency: str
    authorized: int
    captured: int
    voided: int
    refunded: int
    created_at: datetime


def account(*, before: datetime) -> Iterator[AccountLine]:
    """Every payment whose money the bank moved and that began before this instant."""
    rows = BankPayment.objects.filter(authorized__gt=0, created_at__lt=before).order_by("key")
    for row in rows.iterator(chunk_size=500):
        yield AccountLine(
            key=row.key, currency=row.currency, authorized=row.authorized, captured=row.captured, voided=row.voided,
            refunded=row.refunded, created_at=row.created_at,
        )
