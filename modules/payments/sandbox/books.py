"""The bank's statement of account, for the shop's audit."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from modules.payments.sandbox.models import BankPayment
from storefront.audit.pages import pages_of
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


def account(*, before: datetime) -> Iterator[list[AccountLine]]:
    """Every payment whose money the bank moved and that began before this instant, page by page."""
    rows = BankPayment.objects.filter(authorized__gt=0, created_at__lt=before)
    for page in pages_of(rows, key="key"):
        yield _lines(page)


def lines(keys: Collection[str]) -> dict[str, AccountLine]:
    """The payments with these keys whose money the bank moved, by key."""
    return {line.key: line for line in _lines(BankPayment.objects.filter(key__in=keys, authorized__gt=0))}


def _lines(rows: Iterable[BankPayment]) -> list[AccountLine]:
    return [
        AccountLine(
            key=row.key, currency=row.currency, authorized=row.authorized, captured=row.captured, voided=row.voided,
            refunded=row.refunded, created_at=row.created_at,
        )
        for row in rows
    ]
