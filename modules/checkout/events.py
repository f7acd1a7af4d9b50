"""Checkout: facts about orders."""

from storefront.events import Event
from storefront.money import Money


class OrderPlaced(Event, type="checkout.order_placed", version=1, subject="order_id"):
    """A shopper has bought: stock is held and money is set aside."""

    order_id: str
    number: str
    checkout_id: str
    cart_id: str
    email: str
    total: Money
    skus: tuple[str, ...]


class OrderCanceled(Event, type="checkout.order_canceled", version=1, subject="order_id"):
    """An order will not be delivered; its stock and money go back."""

    order_id: str
    reason: str


class OrderFlagged(Event, type="checkout.order_flagged", version=1, subject="order_id"):
    """An order needs an operator's eye."""

    order_id: str
    code: str
    sku: str


class OrderDelivered(Event, type="checkout.order_delivered", version=1, subject="order_id"):
    """The parcel has arrived."""

    order_id: str
