"""Scheduled work of checkout."""

from datetime import datetime, timedelta

from django.apps import apps
from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from modules.checkout import orders
from modules.checkout.following import CancelOrder, abandon, following
from modules.checkout.models import Checkout, Order
from modules.checkout.personal import NOBODY, nobodys
from storefront.ids import new_id
from storefront.sagas import start
from storefront.schedule import every

UNPAID_FOR = timedelta(days=7)
"""An authorization is worth nothing after about a week; an order without money does not keep its stock."""
CONFIRM_WITHIN = timedelta(hours=1)
"""How long a shopper may take at the bank's page and come back."""
ABANDONED_AFTER = timedelta(days=30)
BOUGHT_KEPT = timedelta(days=90)
"""How long a checkout that became an order is shown; the order has all that it was made of."""
BATCH = 50


@every(timedelta(minutes=10))
def expire_unpaid_orders(now: datetime) -> int:
    """Cancel orders whose money was never taken."""
    stale = Order.objects.select_for_update().filter(
        status="placed", payment_status__in=("none", "authorized"), placed_at__lt=now - UNPAID_FOR
    )
    canceled = 0
    for order in stale.exclude(saga_id__startswith="exp_").order_by("serial")[:BATCH]:
        run = start(CancelOrder, following(order, reason="unpaid"), subject=order.id, saga_id=new_id("exp"))
        orders.changed(order.id, saga_id=run.id)
        canceled += 1
    return canceled


@every(timedelta(minutes=5))
def abandon_payments(now: datetime) -> int:
    """Give back money that was set aside at the bank's page for a shopper who did not come back.

    Whoever comes back at this moment either finds the payment gone, or keeps the row from being looked at.
    """
    placing = apps.get_model("checkout", "SagaRow").objects.exclude(status="undone").filter(id=OuterRef("saga_id"))
    stale = Checkout.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        ~Exists(placing), order_id="", updated_at__lt=now - CONFIRM_WITHIN, updated_at__gt=now - ABANDONED_AFTER
    ).exclude(payment_id="").exclude(saga_id="")
    count = 0
    for checkout in stale.order_by("updated_at")[:BATCH]:
        Checkout.objects.filter(id=checkout.id).update(payment_id="")
        abandon(checkout)
        count += 1
    return count


@every(timedelta(hours=1))
def forget_checkouts(now: datetime) -> int:
    """Delete checkouts that came to nothing, or to an order long ago, with the personal data in them."""
    placed = Order.objects.filter(checkout_id=OuterRef("id"))
    abandoned = Q(order_id="", updated_at__lt=now - ABANDONED_AFTER) & ~Exists(placed)
    bought = ~Q(order_id="") & Q(updated_at__lt=now - BOUGHT_KEPT)
    stale = Checkout.objects.filter(abandoned | bought)
    locked = stale.select_for_update(skip_locked=True, of=("self",)).order_by("updated_at")
    ids = list(locked.values_list("id", flat=True)[:BATCH])
    return Checkout.objects.filter(id__in=ids).delete()[0]


@every(timedelta(days=1))
def forget_buyers(now: datetime) -> int:
    """Erase who bought from orders whose invoices need not name them any more."""
    last = now - timedelta(days=366 * settings.STOREFRONT_INVOICE_YEARS)
    named = Order.objects.filter(placed_at__lt=last).exclude(email=NOBODY).order_by("placed_at")[:BATCH]
    for order in named:
        Order.objects.filter(serial=order.serial).update(**nobodys(order))
    return len(named)
