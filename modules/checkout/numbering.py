"""Numbers of orders, which the database counts up.

A standby that lagged, or a backup, comes back without the last orders and would give their numbers again, though
somebody knows them: so the shop can be told to leave some out.
"""

from typing import NamedTuple

from django.db import transaction
from django.db.models import Max

from modules.checkout.models import Order
from storefront.database.unit import vendor
from storefront.database.writing import carry_out, fetched

ALIAS = "checkout"

_NOBODY_ORDERS = "LOCK TABLE checkout_order IN SHARE ROW EXCLUSIVE MODE"
"""PostgreSQL's sequences heed no transaction, but who takes a number locks its table first. SQLite has one writer."""
_SEQUENCE = "pg_get_serial_sequence('checkout_order', 'serial')::regclass"
_COUNTED = {
    "postgresql": f"SELECT coalesce(pg_sequence_last_value({_SEQUENCE}), 0)",
    "sqlite": "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'checkout_order'",
}


class Numbering(NamedTuple):
    """The numbers of the newest order (empty if there is none) and of the next, and what the next would have been."""

    newest: str
    next: str
    was_next: str


def skip(count: int) -> Numbering:
    """Leave at least `count` numbers out behind the newest order's; those that are left out already count, too.

    The next number is never lowered. Given twice, this changes nothing the second time.
    """
    with transaction.atomic(using=ALIAS):
        if vendor(ALIAS) == "postgresql":
            carry_out(ALIAS, (_NOBODY_ORDERS, []))
        newest = Order.objects.aggregate(serial=Max("serial"))["serial"] or 0
        counted = int(fetched(ALIAS, (_COUNTED[vendor(ALIAS)], []))[0][0])
        wanted = max(newest + count, counted)
        if wanted > counted:
            _count_from(wanted)
    return Numbering(_number(newest) if newest else "", _number(wanted + 1), _number(counted + 1))


def _count_from(serial: int) -> None:
    """Have the next order get a serial above this one."""
    if vendor(ALIAS) == "postgresql":
        fetched(ALIAS, (f"SELECT setval({_SEQUENCE}, %s)", [serial]))
        return
    carry_out(ALIAS, ("DELETE FROM sqlite_sequence WHERE name = 'checkout_order'", []))
    carry_out(ALIAS, ("INSERT INTO sqlite_sequence (name, seq) VALUES ('checkout_order', %s)", [serial]))


def _number(serial: int) -> str:
    return Order(serial=serial).number
