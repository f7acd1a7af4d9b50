"""Orders against payments: what was taken and not given back is what placed orders cost."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial

from django.db.models import F

from modules.checkout import money
from modules.checkout.books.known import LOST, Known, Suspicion, confirmed
from modules.checkout.models import Checkout, Order
from modules.payments.interface import Payments, PaymentView
from storefront import clock
from storefront.audit import Finding, NotDerivable
from storefront.audit.pages import asked_in_pages, look_again
from storefront.database.unit import unit_of_work
from storefront.ids import new_id
from storefront.interface import NotFound, connect
from storefront.money import Money

payments = connect(Payments)

CONFIRMED_WITHIN = timedelta(hours=2)
"""Money that a shopper confirmed at the bank waits so long for the shopper to come back; then it is given back."""
SETTLED_WITHIN = timedelta(minutes=10)
"""Who began an order has ended it by then, or a saga still works on it."""

Said = Suspicion[PaymentView]


def audit() -> Iterator[Finding]:
    """Every payment has its order, every order its payment, and both speak of the same amounts."""
    after = ""
    for page in asked_in_pages(payments.books, key=lambda payment: payment.id):
        yield from confirmed(page, _checked, _again)
        yield from _unknown(after, page)
        after = page[-1].id
    yield from _unknown(after, ())


def _again(page: Sequence[PaymentView]) -> list[PaymentView]:
    return [view for each in page if (view := _asked(each.id))]


def _asked(payment_id: str) -> PaymentView | None:
    try:
        return payments.payment(payment_id=payment_id)
    except NotFound:
        return None


def _unknown(after: str, page: Sequence[PaymentView]) -> Iterator[Finding]:
    """Orders that name a payment from this stretch of ids which payments does not have."""
    named = Order.objects.filter(payment_id__gt=after).exclude(payment_id="")
    if page:
        named = named.filter(payment_id__lte=page[-1].id)
    missed = list(named.exclude(payment_id__in=[payment.id for payment in page]).order_by("payment_id"))
    if missed:
        look_again()
    for order in missed:
        if _asked(order.payment_id) is None:
            yield Finding(
                f"Order {order.number} names payment {order.payment_id}, which payments does not know.",
                code="checkout.payment_unknown", about=order.id, repair=partial(_recover, order.id),
                remedy="Its provider does not know it either: ask its buyer to pay again, or cancel it.",
            )


def _recover(order_id: str) -> str:
    order = Order.objects.get(id=order_id)
    try:
        view = payments.recover(
            key=new_id("fix"), payment_id=order.payment_id, order_id=order.id, provider=order.payment_provider,
            amount=Money(order.total_minor, order.currency),
        )
    except NotFound as refusal:
        raise NotDerivable(f"{refusal}") from refusal
    return f"Its provider knows it as {view.status}, with {view.captured} taken."


def _checked(page: Sequence[PaymentView]) -> Iterator[Said]:
    known = Known([payment.order_id for payment in page])
    for payment in page:
        order = known.orders.get(payment.order_id)
        if payment.order_id in known.busy:
            continue
        if order is None or order.payment_id != payment.id:
            yield from _without_order(payment, order)
        else:
            yield from _with_order(payment, order, known)


def _without_order(payment: PaymentView, order: Order | None) -> Iterator[Said]:
    kept = payment.captured - payment.refunded
    if not kept.is_zero and order is None:
        yield payment, Finding(
            f"Payment {payment.id} keeps {kept} for order {payment.order_id}, which is not known here.",
            code="checkout.order_lost", about=payment.order_id, remedy=LOST,
        )
    elif not kept.is_zero and order is not None:
        yield payment, Finding(
            f"Payment {payment.id} keeps {kept} for order {order.number}, which is paid by {order.payment_id}.",
            code="checkout.paid_twice", about=payment.id, remedy="Refund the one that is not the order's.",
        )
    elif payment.status == "authorized" and _is_left(payment):
        yield payment, Finding(
            f"Payment {payment.id} sets {payment.authorized} aside for {payment.order_id}, which is not its order.",
            code="checkout.set_aside_for_nothing", about=payment.order_id, remedy="Void it, unless the order is lost.",
        )


def _is_left(payment: PaymentView) -> bool:
    """Whether nobody will come back for it: a checkout that names it waits for its shopper."""
    is_waited_for = Checkout.objects.filter(payment_id=payment.id).exists()
    asked = payment if payment.ledger else payments.payment(payment_id=payment.id)
    within = CONFIRMED_WITHIN if is_waited_for else SETTLED_WITHIN
    return not asked.ledger or asked.ledger[-1].at < clock.now() - within


def _with_order(payment: PaymentView, order: Order, known: Known) -> Iterator[Said]:
    kept, total = payment.captured - payment.refunded, Money(order.total_minor, order.currency)
    held = payment.authorized - payment.captured
    is_disputed = payment.status == "disputed" and _is_looked_at(order, known)
    if order.status == "canceled" and not kept.is_zero and not is_disputed:
        yield payment, Finding(
            f"Order {order.number} is canceled, and {kept} of it is kept.",
            code="checkout.canceled_and_kept", about=order.id, remedy=f"Refund payment {payment.id}.",
        )
    if order.status == "canceled" and not held.is_zero:
        yield payment, Finding(
            f"Order {order.number} is canceled, and {held} is still set aside for it.",
            code="checkout.canceled_and_set_aside", about=order.id, repair=partial(_void, payment.id),
            remedy=f"Its bank keeps what it was to release: ask it about payment {payment.id}.",
        )
    if order.status == "placed" and payment.captured != total and not _is_looked_at(order, known):
        yield payment, Finding(
            f"Order {order.number} costs {total}, and {payment.captured} was taken.",
            code="checkout.captured_differs", about=order.id,
            remedy=f"Capture or refund payment {payment.id}, or cancel the order.",
        )
    yield from _projection(payment, order)


def _void(payment_id: str) -> str:
    payments.void(key=new_id("fix"), payment_id=payment_id)
    return "Its bank releases what was set aside."


def _is_looked_at(order: Order, known: Known) -> bool:
    return known.has_flag(order.id, "payment_review")


def _projection(payment: PaymentView, order: Order) -> Iterator[Said]:
    heard, true = (order.captured_minor, order.refunded_minor), (payment.captured.amount, payment.refunded.amount)
    if heard[0] > true[0] or heard[1] > true[1]:
        yield payment, Finding(
            f"Order {order.number} believes in {heard} taken and given back, payment {payment.id} does not.",
            code="checkout.believes_in_more_money", about=order.id,
            remedy="Payments and its provider are right: compare their pages, then correct the order.",
        )
    elif heard != true or order.payment_status != _status(payment, order):
        yield payment, Finding(
            f"Order {order.number} is {order.payment_status} with {heard} taken and given back; of payment"
            f" {payment.id} {true} are.",
            code="checkout.payment_not_heard", about=order.id, repair=partial(_hear, order.id),
        )


def _status(payment: PaymentView, order: Order) -> str:
    captured, refunded = payment.captured.amount, payment.refunded.amount
    if refunded:
        return "refunded" if refunded >= captured else "partially_refunded"
    if captured:
        return "paid" if captured >= order.total_minor else "partially_paid"
    return "voided" if payment.status == "voided" and not payment.authorized.amount else order.payment_status


def _hear(order_id: str) -> str:
    order = Order.objects.get(id=order_id)
    payment = payments.payment(payment_id=order.payment_id)
    with unit_of_work("checkout") as unit:
        unit.now = clock.now()
        money.note(
            order.id, "payment_heard", now=unit.now, captured_minor=payment.captured.amount,
            refunded_minor=payment.refunded.amount, detail="asked of payments",
        )
        order.refresh_from_db()
        status = _status(payment, order)
        rows = Order.objects.filter(id=order.id).exclude(payment_status=status)
        rows.update(payment_status=status, version=F("version") + 1)
    return f"It is {status}."
