"""The books of checkout, and of the others as checkout knows them. Asks by query, batch by batch."""

from collections.abc import Iterator
from datetime import timedelta

from django.apps import apps
from django.db.models import Sum

from modules.checkout.models import Checkout, Order, OrderFlag, OrderLine
from modules.inventory.interface import Holding, Inventory
from modules.payments.interface import Payments, PaymentView
from storefront import clock
from storefront.interface import connect
from storefront.money import Money
from storefront.sagas.definition import SAGAS

inventory = connect(Inventory)
payments = connect(Payments)
BATCH = 500


def audit() -> Iterator[str]:
    """One plain sentence per defect."""
    yield from _orders()
    yield from _money()
    yield from _stock()
    yield from _sagas()


def _orders() -> Iterator[str]:
    """Every order has lines that add up, and every completed checkout its order."""
    lined = OrderLine.objects.values("order_id").annotate(tax=Sum("tax_minor"), total=Sum("total_minor"))
    sums = {row["order_id"]: row for row in lined}
    for order in Order.objects.iterator(chunk_size=BATCH):
        if order.serial not in sums:
            yield f"Order {order.number} has no lines."
        elif sums[order.serial]["tax"] > order.tax_minor:
            yield f"Order {order.number}: its lines owe {sums[order.serial]['tax']} tax, the order {order.tax_minor}."
    placed = set(Order.objects.values_list("id", flat=True))
    for checkout in Checkout.objects.exclude(order_id="").iterator(chunk_size=BATCH):
        if checkout.order_id not in placed:
            yield f"Checkout {checkout.id} says it became order {checkout.order_id}, which does not exist."


def _money() -> Iterator[str]:
    """What payments took is what orders say; nothing is kept for an order that does not exist."""
    seen: set[str] = set()
    for payment in _all_payments():
        order = Order.objects.filter(id=payment.order_id, payment_id=payment.id).first()
        if order is None:
            if not (payment.captured - payment.refunded).is_zero:
                yield f"Payment {payment.id} keeps {payment.captured} for {payment.order_id}, which is not its order."
            elif payment.status == "authorized" and not _is_under_way(payment.order_id):
                yield f"Payment {payment.id} sets {payment.authorized} aside for no order."
            continue
        seen.add(payment.id)
        yield from _compared(order, payment)
    for order in Order.objects.exclude(payment_id="").iterator(chunk_size=BATCH):
        if order.payment_id not in seen:
            yield f"Order {order.number} names payment {order.payment_id}, which payments does not know."


def _compared(order: Order, payment: PaymentView) -> Iterator[str]:
    kept = payment.captured - payment.refunded
    if order.status == "canceled":
        if not kept.is_zero and not _is_under_way(order.id):
            yield f"Order {order.number} is canceled, and {kept} of it is kept."
    elif payment.status == "captured" and payment.captured != Money(order.total_minor, order.currency):
        yield f"Order {order.number} costs {order.total_minor}, and {payment.captured} was taken."
    heard = (order.captured_minor, order.refunded_minor)
    if heard[0] > payment.captured.amount or heard[1] > payment.refunded.amount:
        yield f"Order {order.number} believes in {heard} taken and given back, payment {payment.id} does not."


def _stock() -> Iterator[str]:
    """No stock is held without a living saga, and every placed order has its stock."""
    own = {"consumed": set[str](), "held": set[str]()}
    for holding in _all_holdings():
        if holding.status in own:
            own[holding.status].add(holding.order_id)
        if holding.status == "held" and holding.expires_at < clock.now() - timedelta(minutes=5):
            yield f"The stock of {holding.order_id} is still held 5 minutes after its time."
    placed = dict(Order.objects.values_list("id", "status"))
    for order_id in own["consumed"]:
        if placed.get(order_id) != "placed" and not _is_under_way(order_id):
            yield f"Stock is allocated to {order_id}, which is not a placed order."
    for order_id in Order.objects.filter(status="placed").values_list("id", flat=True):
        if order_id not in own["consumed"] and not _is_under_way(order_id) and not _has_flag(order_id):
            yield f"Order {order_id} is placed and has no stock."


def _sagas() -> Iterator[str]:
    """Every saga is over, or scheduled, in a version that this process can run."""
    rows = apps.get_model("checkout", "SagaRow").objects
    for row in rows.exclude(status__in=("done", "undone")):
        if (row.saga, row.version) not in SAGAS:
            yield f"Saga {row.id} is {row.saga} version {row.version}, which this process does not know."


def _is_under_way(subject: str) -> bool:
    rows = apps.get_model("checkout", "SagaRow").objects.filter(subject=subject)
    return bool(rows.filter(status__in=("running", "undoing", "parked")).exists())


def _has_flag(order_id: str) -> bool:
    return OrderFlag.objects.filter(order_id=order_id, code="stock_review").exists()


def _all_payments() -> Iterator[PaymentView]:
    after = ""
    while batch := payments.books(after=after, limit=BATCH):
        yield from batch
        after = batch[-1].id


def _all_holdings() -> Iterator[Holding]:
    after = ""
    while batch := inventory.holdings(after=after, limit=BATCH):
        yield from batch
        after = batch[-1].order_id

