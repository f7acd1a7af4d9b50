"""The books after a play: the shop's own audit, and what an onlooker knows must be true."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import apps

from modules.inventory.interface import Inventory
from modules.payments.interface import Payments
from modules.payments.sandbox.models import BankPayment
from storefront.audit import findings
from storefront.interface import connect
from storefront.sagas.operator import listed
from storefront.topology import has_sagas, modules_here
from tests.simulation.operators import Errand
from tests.simulation.premises import LATE, STOCK
from tests.simulation.shoppers import Purchase

inventory, payments = connect(Inventory), connect(Payments)
ONCE = ("payment_captured", "payment_voided", "dispatched", "delivered", "canceled")
"""What may stand in the timeline of an order once: its event was heard once."""


def failures(purchases: Sequence[Purchase], errands: Sequence[Errand]) -> Iterator[str]:
    """One sentence for each thing that is not as it must be."""
    yield from (f"audit of {module}: {what}" for module, what in findings())
    yield from _acknowledged(purchases)
    yield from _money()
    yield from _stock(errands)
    yield from _heard()
    yield from _unfinished()
    yield from (f"{errand.what} has no answer." for errand in errands if not errand.outcome)


def orders_placed() -> int:
    """How many orders there are."""
    return int(_orders().count())


def _orders() -> Any:
    return apps.get_model("checkout", "Order").objects


def _acknowledged(purchases: Sequence[Purchase]) -> Iterator[str]:
    """I2: who was told of an order has it, once; nobody has one who asked for none."""
    placed = {order.checkout_id: order.id for order in _orders().all()}
    if _orders().count() != len(placed):
        yield "A checkout has become two orders."
    for purchase in purchases:
        yield from (f"Buyer {purchase.number}: {answer}" for answer in purchase.strange)
        own = placed.pop(purchase.checkout.get("id", ""), None)
        if purchase.acknowledged - {own}:
            yield f"Buyer {purchase.number} was told of {purchase.acknowledged}, and has {own}."
        if purchase.keys and own and not purchase.acknowledged:
            yield f"Buyer {purchase.number} has order {own} and was never told: {purchase.refusals}."
    yield from (f"Nobody asked for order {order_id}." for order_id in placed.values())


def _money() -> Iterator[str]:
    """I3, I5: by the bank's own books each order is paid once, and nothing else is kept or set aside."""
    kept = {row.key.partition(":")[2]: row for row in BankPayment.objects.all()}
    for order in _orders().all():
        row = kept.pop(order.payment_id, None)
        if row is None:
            yield f"Order {order.number} was never paid: the bank does not know {order.payment_id}."
        elif order.status == "canceled" and row.captured != row.refunded:
            yield f"Order {order.number} is canceled; the bank took {row.captured} and gave {row.refunded} back."
        elif order.status == "placed" and row.captured != order.total_minor:
            yield f"Order {order.number} costs {order.total_minor}; the bank took {row.captured}."
        if row and order.payment_status == "paid" and row.refunded:
            yield f"Order {order.number} is paid, but {row.refunded} was given back."
    for payment_id, row in kept.items():
        if row.captured or row.authorized != row.voided:
            yield f"The bank keeps {row.authorized - row.voided} for {payment_id}, which is no order's."


def _stock(errands: Sequence[Errand]) -> Iterator[str]:
    """I1: a bounded counter per SKU: what came in is what is there, promised or gone.

    An order that outlived its hold between its point of no return and its stock waits for an operator, and has none.
    """
    came: Counter[str] = Counter(STOCK)
    for errand in errands:
        if errand.outcome == "done" and errand.change[0]:
            came[errand.change[0]] += errand.change[1]
    sold: Counter[str] = Counter()
    flags = apps.get_model("checkout", "OrderFlag").objects.filter(code="stock_review")
    for order in _orders().filter(status="placed").exclude(id__in=flags.values("order_id")):
        for line in apps.get_model("checkout", "OrderLine").objects.filter(order_id=order.serial):
            sold[line.sku] += line.quantity
    for row in inventory.availability(skus=tuple(sorted(STOCK))):
        left = came[row.sku] - sold[row.sku]
        limit = -LATE if row.sku == "LATE-MUG" else 0
        if left < limit:
            yield f"{row.sku}: {came[row.sku]} came in and {sold[row.sku]} are sold."
        if row.available != max(0, left):
            yield f"{row.sku}: {row.available} are on sale; {came[row.sku]} came in and {sold[row.sku]} are sold."
        shown = apps.get_model("catalog", "Availability").objects.get(sku=row.sku)
        if shown.available != row.available and row.available <= 20:
            yield f"{row.sku}: catalog shows {shown.available}, inventory has {row.available}."


def _heard() -> Iterator[str]:
    """I7: an event that was delivered five times has had its effect once."""
    entries = apps.get_model("checkout", "TimelineEntry").objects.filter(kind__in=ONCE)
    counts = Counter(entries.values_list("order_id", "kind"))
    for (order_id, kind), count in sorted(counts.items()):
        if count > 1:
            yield f"Order {order_id}: {kind} stands {count} times in its timeline."
    for order in _orders().exclude(payment_id=""):
        payment = payments.payment(payment_id=order.payment_id)
        known = (order.captured_minor, order.refunded_minor)
        if known != (payment.captured.amount, payment.refunded.amount):
            yield f"Order {order.number} knows of {known}, payments says {payment.captured}, {payment.refunded}."


def _unfinished() -> Iterator[str]:
    """I8: nothing is left to do."""
    for module in modules_here():
        left = apps.get_model(module, "Delivery").objects.count()
        if left:
            yield f"{module} still owes {left} deliveries."
        if has_sagas(module):
            yield from (f"Saga {row.saga} of {row.subject} is {row.status}: {row.error}" for row in listed(module))
