"""Cart: facts about carts."""

from storefront.events import Event


class CartCompleted(Event, type="cart.cart_completed", version=1, subject="cart_id"):
    """A cart has become an order."""

    cart_id: str
    order_id: str


class CartExpired(Event, type="cart.cart_expired", version=1, subject="cart_id"):
    """A cart that nobody touched for long was deleted."""

    cart_id: str
