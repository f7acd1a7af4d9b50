"""Whether each order announced what happened to it: once, and in order."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial

from django.apps import apps
from django.conf import settings

from modules.checkout.events import OrderCanceled, OrderDelivered, OrderPlaced
from modules.checkout.models import Order, TimelineEntry
from storefront import clock
from storefront.audit import Finding
from storefront.database.unit import unit_of_work
from storefront.events import publish
from storefront.events.event import Event
from storefront.events.hearing import LOOK_BACK
from storefront.money import Money

MARGIN = timedelta(hours=1)
CLOCKS_DIFFER = timedelta(days=1)
"""At most so much earlier than the order, by a clock that was put back, is what it announced."""

TYPES = (OrderPlaced.event_type, OrderCanceled.event_type, OrderDelivered.event_type)


def audit(orders: Sequence[Order]) -> Iterator[Finding]:
    """Of the orders of the last days: older facts may have been cleaned away."""
    kept = min(LOOK_BACK, timedelta(days=settings.STOREFRONT_FACTS_KEPT_DAYS) - MARGIN)
    recent = [order for order in orders if order.placed_at > clock.now() - kept]
    if not recent:
        return
    rows = apps.get_model("checkout", "Outbox").objects.filter(
        type__in=TYPES, subject__in=[order.id for order in recent],
        occurred_at__gte=min(order.placed_at for order in recent) - CLOCKS_DIFFER,
    )
    told: defaultdict[str, list[str]] = defaultdict(list)
    for subject, name in rows.order_by("id").values_list("subject", "type"):
        told[subject].append(name)
    for order in recent:
        yield from _compared(order, told[order.id])


def _compared(order: Order, told: list[str]) -> Iterator[Finding]:
    happened: dict[type[Event], bool] = {
        OrderPlaced: True, OrderCanceled: order.status == "canceled", OrderDelivered: order.delivered_at is not None,
    }
    for event, has_happened in happened.items():
        count = told.count(event.event_type)
        if has_happened and not count:
            yield Finding(
                f"Order {order.number} never announced {event.event_type}.", code="checkout.event_missing",
                about=f"{order.id} {event.event_type}", repair=partial(_announce, order.id, event),
            )
        elif count != has_happened:
            yield Finding(
                f"Order {order.number} announced {event.event_type} {count} times, it happened {int(has_happened)}.",
                code="checkout.event_doubled", about=f"{order.id} {event.event_type}",
                remedy="Facts cannot be taken back: tell whoever subscribes to it.",
            )
    if told and told[0] != OrderPlaced.event_type and OrderPlaced.event_type in told:
        yield Finding(
            f"Order {order.number} announced {told[0]} before it was placed.", code="checkout.event_out_of_order",
            about=order.id, remedy="A machine's clock is wrong; subscribers order by subject, not by time.",
        )


def _announce(order_id: str, event: type[Event]) -> str:
    with unit_of_work("checkout") as unit:
        unit.now = clock.now()
        publish(_FACTS[event](Order.objects.get(id=order_id)))
    return "It is announced now."


def _placed(order: Order) -> Event:
    return OrderPlaced(
        order_id=order.id, number=order.number, checkout_id=order.checkout_id, cart_id=order.cart_id,
        email=order.email, total=Money(order.total_minor, order.currency),
        skus=tuple(order.lines.values_list("sku", flat=True)),
    )


def _canceled(order: Order) -> Event:
    entry = TimelineEntry.objects.filter(order_id=order.id, kind="canceled").first()
    return OrderCanceled(order_id=order.id, reason=entry.detail if entry else "")


_FACTS: dict[type[Event], Callable[[Order], Event]] = {
    OrderPlaced: _placed, OrderCanceled: _canceled, OrderDelivered: lambda order: OrderDelivered(order_id=order.id),
}
