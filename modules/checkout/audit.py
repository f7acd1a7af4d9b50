"""The books of checkout, and of the others as checkout knows them: asked by query, page by page."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Count, Sum

from modules.checkout.books import announced, carts, money, parcels, stock
from modules.checkout.models import Checkout, Order, OrderLine
from storefront.audit import Finding
from storefront.audit.pages import pages_of
from storefront.interface import OutcomeUnknown, Unavailable

LOST = "Restore checkout from a later backup, or enter it by hand."


def audit() -> Iterator[Finding]:
    """Every order has lines that add up and its events, and every completed checkout its order."""
    for page in pages_of(Order.objects.all(), key="serial"):
        yield from _sums(page)
        yield from announced.audit(page)
    for checkouts in pages_of(Checkout.objects.exclude(order_id="")):
        placed = set(Order.objects.filter(id__in=[each.order_id for each in checkouts]).values_list("id", flat=True))
        for checkout in checkouts:
            if checkout.order_id not in placed:
                yield Finding(
                    f"Checkout {checkout.id} says it became order {checkout.order_id}, which does not exist.",
                    code="checkout.checkout_of_no_order", about=checkout.id, remedy=LOST,
                )


def _sums(orders: Sequence[Order]) -> Iterator[Finding]:
    lined = OrderLine.objects.filter(order_id__in=[order.serial for order in orders]).order_by().values(
        "order_id", "tax_included"
    )
    sums: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in lined.annotate(lines=Count("id"), tax=Sum("tax_minor"), total=Sum("total_minor")):
        found = sums[row["order_id"]]
        found[0] += row["lines"]
        found[1] += row["tax"]
        found[2] += row["total"] - (row["tax"] if row["tax_included"] else 0)
    for order in orders:
        yield from _added_up(order, *sums[order.serial])


def _added_up(order: Order, lines: int, tax: int, net: int) -> Iterator[Finding]:
    told: dict[str, Any] = {"about": order.id, "remedy": "Compare it with its OrderPlaced event, and its payment."}
    parts = order.subtotal_minor + order.shipping_minor - order.discount_minor + order.tax_minor
    if not lines:
        yield Finding(f"Order {order.number} has no lines.", code="checkout.order_without_lines", **told)
    elif tax > order.tax_minor:
        yield Finding(
            f"Order {order.number}: its lines owe {tax} tax, the order {order.tax_minor}.",
            code="checkout.tax_differs", **told,
        )
    elif net != order.subtotal_minor:
        yield Finding(
            f"Order {order.number}: its lines come to {net} without tax, the order says {order.subtotal_minor}.",
            code="checkout.subtotal_differs", **told,
        )
    if parts != order.total_minor:
        yield Finding(
            f"Order {order.number}: its parts come to {parts}, its total is {order.total_minor}.",
            code="checkout.total_differs", **told,
        )


def across() -> Iterator[Finding]:
    """What payments, inventory, shipping and cart say of the orders, and of orders that are not known here."""
    for name, check in (
        ("payments", money.audit), ("inventory", stock.audit), ("shipping", parcels.audit), ("cart", carts.audit),
    ):
        try:
            yield from check()
        except (Unavailable, OutcomeUnknown) as error:
            yield Finding(
                f"{name.capitalize()} does not answer: {error}", code="checkout.unanswered", about=name,
                remedy="Audit again when it is up.",
            )


