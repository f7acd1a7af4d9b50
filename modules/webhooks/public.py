"""Which facts of the shop are public: under what name, who may read them, and what of them stays inside.

Facts from before an order exists are not: nothing public is announced before the order is placed.
"""

from typing import Any, NamedTuple

import msgspec

from modules.catalog.events import PriceChanged, ProductArchived, ProductPublished
from modules.checkout.events import OrderCanceled, OrderDelivered, OrderFlagged, OrderPlaced
from modules.inventory.events import AvailabilityChanged, BackorderFilled, StockRanLow
from modules.payments.events import PaymentCaptured, PaymentDisputed, PaymentRefunded
from modules.shipping.events import (
    ShipmentArranged,
    ShipmentCanceled,
    ShipmentDelivered,
    ShipmentDispatched,
    TrackingChanged,
)
from modules.webhooks.events import EndpointDisabled
from storefront.events import Event

TEST = "webhook.test"


class Public(NamedTuple):
    """withheld: fields that are somebody's right to a thing, or personal."""

    name: str
    scope: str
    withheld: tuple[str, ...] = ()


PUBLIC: dict[type[Event], Public] = {
    OrderPlaced: Public("order.placed", "orders:read", withheld=("checkout_id", "cart_id", "email")),
    OrderCanceled: Public("order.canceled", "orders:read"),
    OrderFlagged: Public("order.flagged", "orders:read"),
    OrderDelivered: Public("order.delivered", "orders:read"),
    PaymentCaptured: Public("payment.captured", "payments:read"),
    PaymentRefunded: Public("payment.refunded", "payments:read"),
    PaymentDisputed: Public("payment.disputed", "payments:read"),
    ShipmentArranged: Public("shipment.arranged", "shipments:read"),
    ShipmentDispatched: Public("shipment.dispatched", "shipments:read"),
    TrackingChanged: Public("shipment.tracking_changed", "shipments:read"),
    ShipmentDelivered: Public("shipment.delivered", "shipments:read"),
    ShipmentCanceled: Public("shipment.canceled", "shipments:read"),
    StockRanLow: Public("stock.ran_low", "stock:read"),
    AvailabilityChanged: Public("stock.availability_changed", "stock:read"),
    BackorderFilled: Public("stock.backorder_filled", "stock:read"),
    ProductPublished: Public("product.published", "events:read"),
    ProductArchived: Public("product.archived", "events:read"),
    PriceChanged: Public("product.price_changed", "events:read"),
    EndpointDisabled: Public("webhook_endpoint.disabled", "webhooks:read"),
}
SCOPES = {public.name: public.scope for public in PUBLIC.values()}
"""By the name of the fact. What the catalogue shows to everybody needs no scope beyond that of the feed."""


def told(event: Event) -> str:
    """What outsiders are told of an event, as JSON."""
    withheld = PUBLIC[type(event)].withheld
    facts: dict[str, Any] = msgspec.to_builtins(event)
    return msgspec.json.encode({name: fact for name, fact in facts.items() if name not in withheld}).decode()


def readable_with(scopes: frozenset[str] | set[str]) -> set[str]:
    """The names of the facts that a key with these scopes may hear. The catalogue's are open to every such key."""
    return {name for name, scope in SCOPES.items() if scope in scopes or scope == "events:read"}
