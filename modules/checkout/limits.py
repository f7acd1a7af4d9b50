"""How many units of a SKU one customer may buy, over all orders that stand: limited editions, against resale.

Asked when the order is quoted, so that nobody holds stock for nothing, and decided at the pivot, in its transaction:
the limit's row is locked there, so of many attempts at one moment exactly as many succeed as the limit allows.
A customer is a mailbox: case, what follows a `+`, quotes, wide letters, signs that nobody sees and the writing of the
host make no other one. Purchases of 0.1.0 were noted with case and `+` taken away only. An ordinary address reads the
same either way, so they count on; only those of somebody who spelled theirs otherwise count no more.
"""

import time
from collections.abc import Iterable

from django.db.models import Sum

from modules.checkout.interface import PricedLine, PurchaseLimitReached
from modules.checkout.models import Order, Purchase, PurchaseLimit
from storefront.mailbox import mailbox_of

KEEP_SECONDS = 5.0
"""How long a process may go on with limits that have been changed elsewhere."""


class _Known:
    """The limits, read now and then: an order of goods without one costs no statement."""

    def __init__(self) -> None:
        self._limits: dict[str, int] = {}
        self._read_at = float("-inf")

    def among(self, wanted: dict[str, int]) -> dict[str, int]:
        """Units by SKU of those that have a limit, by name."""
        if time.monotonic() - self._read_at > KEEP_SECONDS:
            self._limits = dict(PurchaseLimit.objects.values_list("sku", "units"))
            self._read_at = time.monotonic()
        return {sku: units for sku, units in sorted(wanted.items()) if sku in self._limits}

    def forget(self) -> None:
        """Read them again at the next question."""
        self._read_at = float("-inf")


_known = _Known()
forget = _known.forget


def check(lines: Iterable[PricedLine], *, email: str) -> None:
    """:raises PurchaseLimitReached: for the first SKU, by name, of which it would be too much as things stand."""
    wanted = _known.among(_units(lines))
    if wanted:
        _refuse_over(wanted, dict(PurchaseLimit.objects.filter(sku__in=wanted).values_list("sku", "units")), email)


def count(order_id: str, lines: Iterable[PricedLine], *, email: str) -> None:
    """Note what is bought of limited SKUs, in the transaction that places the order.

    :raises PurchaseLimitReached: as `check`; another order of the customer may have been quicker
    """
    wanted = _known.among(_units(lines))
    if not wanted:
        return
    locked = PurchaseLimit.objects.select_for_update().filter(sku__in=wanted).order_by("sku")
    limits = dict(locked.values_list("sku", "units"))
    _refuse_over(wanted, limits, email)
    customer = mailbox_of(email)
    Purchase.objects.bulk_create([
        Purchase(order_id=order_id, sku=sku, customer=customer, units=units)
        for sku, units in wanted.items() if sku in limits
    ])


def _refuse_over(wanted: dict[str, int], limits: dict[str, int], email: str) -> None:
    bought = _bought(mailbox_of(email), wanted)
    for sku, units in wanted.items():
        had = bought.get(sku, 0)
        if sku in limits and had + units > limits[sku]:
            raise PurchaseLimitReached(sku=sku, limit=limits[sku], bought=had, requested=units)


def _bought(customer: str, skus: Iterable[str]) -> dict[str, int]:
    rows = Purchase.objects.filter(customer=customer, sku__in=list(skus))
    standing = Order.objects.filter(id__in=rows.values("order_id"), status="placed").values("id")
    sums = rows.filter(order_id__in=standing).values_list("sku").annotate(Sum("units")).order_by("sku")
    return dict(sums)


def _units(lines: Iterable[PricedLine]) -> dict[str, int]:
    units: dict[str, int] = {}
    for line in lines:
        units[line.sku] = units.get(line.sku, 0) + line.quantity
    return units
