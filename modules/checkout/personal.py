"""Who bought: what checkout holds of a person, and how long the law wants an order's invoice to name them."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from modules.checkout.models import Checkout, Order, OrderFlag, Purchase, TimelineEntry
from storefront.personal import ERASED, Erasure, harmless, holds, place_only

LONGEST_WAY = timedelta(days=30)
NOBODY = ""
"""The e-mail address of an order that names nobody any more, not even on its invoice."""


def gone(value: str) -> str:
    """What is left of a text."""
    return ERASED if value else value


def nobodys(order: Order) -> dict[str, Any]:
    """What is left of the buyer in the end: where the order was taxed."""
    return {
        "email": NOBODY, "shipping_address": place_only(order.shipping_address),
        "billing_address": place_only(order.billing_address),
    }


def invoice_until(order: Order) -> datetime:
    """Until when the invoice of an order must name its buyer; from then on nobody needs to know."""
    return order.placed_at + timedelta(days=366 * settings.STOREFRONT_INVOICE_YEARS)


def is_under_way(order: Order, now: datetime) -> bool:
    """Whether its buyer waits for something. A parcel that left a month ago has arrived, whatever its carrier says."""
    has_arrived = order.delivered_at or (order.dispatched_at and order.dispatched_at < now - LONGEST_WAY)
    return order.status == "placed" and not has_arrived


def forget_buyer(order: Order, now: datetime) -> Erasure:
    """Who bought is forgotten; amounts and the place of taxation stay, and until its term the invoice address.

    An order that is under way is left alone: its buyer waits for it.
    """
    if is_under_way(order, now):
        return Erasure({}, kept=f"Order {order.number} is under way; erase again when it is delivered or canceled.")
    if now < invoice_until(order):
        invoiced = order.billing_address or order.shipping_address
        changes = {"email": ERASED, "shipping_address": place_only(order.shipping_address)}
        until = f"{invoice_until(order):%Y-%m-%d}"
        why = f"The invoice of order {order.number} names its buyer until {until}, as the law wants."
        is_erased = not invoiced or invoiced.get("name") == ERASED
        return Erasure(changes | {"billing_address": invoiced}, kept="" if is_erased else why)
    return Erasure(nobodys(order))


def forget_visitor(checkout: Checkout, _now: datetime) -> Erasure:
    """What was typed on the way to an order."""
    return Erasure({
        "email": gone(checkout.email), "shipping_address": place_only(checkout.shipping_address),
        "billing_address": place_only(checkout.billing_address), "payment_token": "",
    })


ADDRESSES = {"email": gone, "shipping_address": place_only, "billing_address": place_only}

holds(
    Order, ADDRESSES, email="email", known_by=("id", "checkout_id", "cart_id"),
    leads_to=("id", "checkout_id", "cart_id", "payment_id", "shipment_id", "saga_id", "tracking_number"),
    with_rows=("lines",), erase=forget_buyer,
)
holds(
    Checkout, ADDRESSES | {"payment_token": gone}, email="email", known_by=("id", "cart_id", "order_id"),
    leads_to=("id", "cart_id", "payment_id", "saga_id", "order_id"), erase=forget_visitor,
)
holds(Purchase, {"customer": gone}, email="customer", known_by=("order_id",), leads_to=("order_id",))
holds(TimelineEntry, {}, known_by=("order_id",), texts=("detail",))
holds(OrderFlag, {}, known_by=("order_id",), texts=("detail",))
harmless(OrderFlag, resolved_by="an operator")
