"""What checkout knows of orders that others speak of."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cached_property
from typing import TypeVar

from django.apps import apps

from modules.checkout.models import Order, OrderFlag, OrderLine
from modules.payments.interface import Payments
from storefront.audit import Finding, NotDerivable
from storefront.audit.pages import look_again
from storefront.interface import connect

T = TypeVar("T")

payments = connect(Payments)

LOST = "Nothing here can make the order anew: enter it by hand, or give back what is kept for it."

Suspicion = tuple[T, Finding]
"""What somebody says, and what is wrong with it."""


class Known:
    """Orders by id, and which of them a saga is working on: read together, after whatever is compared with them."""

    def __init__(self, order_ids: Collection[str]) -> None:
        ids = set(filter(None, order_ids))
        rows = apps.get_model("checkout", "SagaRow").objects.filter(status__in=("running", "undoing", "parked"))
        self.busy = frozenset(rows.filter(subject__in=ids).values_list("subject", flat=True))
        self.orders = {order.id: order for order in Order.objects.filter(id__in=ids)}
        self._lines = OrderLine.objects.filter(order_id__in=[order.serial for order in self.orders.values()])
        flags = OrderFlag.objects.filter(order_id__in=ids, resolved_at=None).values_list("order_id", "code")
        self._flags = frozenset(flags)

    @cached_property
    def _to_arrive(self) -> Counter[int]:
        waiting = self._lines.filter(backordered__gt=0).values_list("order_id", "sku", "backordered")
        by_sku = {(serial, sku): units for serial, sku, units in waiting}  # each line of a SKU waits for all of it
        found: Counter[int] = Counter()
        for (serial, _), units in by_sku.items():
            found[serial] += units
        return found

    def to_arrive(self, order: Order) -> int:
        """The units that an order waits for."""
        return self._to_arrive[order.serial]

    def has_flag(self, order_id: str, *codes: str) -> bool:
        """Whether an operator was asked already to look at the order for one of these reasons."""
        return any((order_id, code) in self._flags for code in codes)


def confirmed(
    page: Sequence[T], check: Callable[[Sequence[T]], Iterator[Suspicion[T]]],
    again: Callable[[Sequence[T]], Sequence[T]],
) -> Iterator[Finding]:
    """Findings that are still there when everything is read anew a moment later: orders flow while we look."""
    suspects = list({id(said): said for said, _ in check(page)}.values())
    if suspects:
        look_again()
        yield from (finding for _, finding in check(again(suspects)))


def check_given_back(order_id: str) -> None:
    """An order that is lost is over once an operator has given all of its money back.

    :raises NotDerivable: money is kept for it, or nobody knows whether it is
    """
    paid = payments.payments_of(order_id=order_id)
    if not paid:
        raise NotDerivable("Payments knows nothing of it; its provider may.")
    if any(payment.captured != payment.refunded or payment.authorized != payment.captured for payment in paid):
        raise NotDerivable("Money is kept for it.")


def is_given_back(order_id: str) -> bool:
    """Whether it is certain."""
    try:
        check_given_back(order_id)
    except NotDerivable:
        return False
    return True
