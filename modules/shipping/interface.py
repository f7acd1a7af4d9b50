"""Shipping: what other modules may ask of delivery.

Weights are whole grams. Prices are `Money`, net of tax unless `price_includes_tax`.
"""

from datetime import date, datetime
from typing import Literal

from storefront.interface import Interface, Key, NotFound, Refusal, Value, command, query
from storefront.money import Money

ShipmentStatus = Literal["pending", "ready", "dispatched", "delivered", "canceled"]
TrackingStatus = Literal[
    "pre_transit", "in_transit", "out_for_delivery", "available_for_pickup", "delivered", "return_to_sender",
    "failure", "unknown",
]


class Destination(Value):
    """Where a parcel goes, as far as its price depends on it. country: ISO 3166-1 alpha-2."""

    country: str
    region: str = ""
    postal_code: str = ""


class PostalAddress(Value):
    """Where and to whom a parcel goes."""

    name: str
    line1: str
    city: str
    country: str
    company: str = ""
    line2: str = ""
    region: str = ""
    postal_code: str = ""
    phone: str = ""


class ShippingOption(Value):
    """A way to deliver, at a price that holds until `expires_at`."""

    id: str  # the method's code: standard, express
    carrier: str
    service: str
    price: Money
    price_includes_tax: bool
    estimated_delivery: tuple[date, date]
    expires_at: datetime


class ShippedItem(Value):
    """So many units of a SKU in a parcel."""

    sku: str
    title: str
    quantity: int


class ShipmentView(Value):
    """A shipment; `tracking_status` is the carrier's own, beside ours."""

    id: str
    order_id: str
    status: ShipmentStatus
    tracking_status: TrackingStatus
    carrier: str
    service: str
    tracking_number: str
    tracking_url: str
    items: tuple[ShippedItem, ...]
    version: int
    dispatched_at: datetime | None = None
    delivered_at: datetime | None = None


class ShipmentClosed(Refusal):
    """The shipment has left, or was canceled."""

    code = "shipping.closed"
    message = "Shipment {shipment_id} is {state}."
    shipment_id: str
    state: str


class Stale(Refusal):
    """The shipment has changed since the caller read it."""

    code = "shipping.changed"
    status = 412
    message = "The shipment is at version {version}, not {expected}; read it again."
    version: int
    expected: int


class NoRoute(Refusal):
    """This method does not deliver there."""

    code = "shipping.no_route"
    status = 422
    message = "{method} does not deliver to {country}."
    method: str
    country: str


class Shipping(Interface, module="shipping", version=1):
    """Delivery: what it costs, shipments, labels, tracking."""

    @query(timeout=0.5)
    def quote(
        self, *, destination: Destination, weight_g: int, subtotal: Money
    ) -> tuple[ShippingOption, ...]:
        """Every way to deliver a parcel there, cheapest first; empty if there is none."""

    @command(timeout=2.0, refuses=(NoRoute, ShipmentClosed))
    def arrange(
        self, *, key: Key, shipment_id: str, order_id: str, method: str, address: PostalAddress,
        items: tuple[ShippedItem, ...], weight_g: int,
    ) -> ShipmentView:
        """Create a shipment with its tracking number and label, ready to be dispatched."""

    @command(timeout=2.0, refuses=(NotFound, ShipmentClosed, Stale))
    def dispatch(self, *, key: Key, shipment_id: str, expected_version: int | None = None) -> ShipmentView:
        """The carrier has taken the parcel.

        :raises ShipmentClosed: it is not ready: still pending, gone already, or canceled
        """

    @command(timeout=2.0, refuses=(ShipmentClosed, Stale))
    def cancel(self, *, key: Key, shipment_id: str, expected_version: int | None = None) -> None:
        """The shipment will not leave. Accepted before `arrange`, which is then refused.

        :raises ShipmentClosed: it has left
        """

    @query(timeout=0.5, refuses=(NotFound,))
    def shipment(self, *, shipment_id: str) -> ShipmentView:
        """One shipment."""

    @query(timeout=0.5)
    def shipments_of(self, *, order_id: str) -> tuple[ShipmentView, ...]:
        """All shipments of an order, oldest first."""

    @query(timeout=2.0)
    def known(self, *, shipment_ids: tuple[str, ...]) -> tuple[str, ...]:
        """Those of these ids that shipments have, canceled ones among them."""

    @query(timeout=2.0)
    def books(self, *, after: str, limit: int) -> tuple[ShipmentView, ...]:
        """Shipments by id after `after`, for the audit of the books."""

    @query(timeout=2.0, refuses=(NotFound,))
    def label(self, *, shipment_id: str) -> bytes:
        """The label as a PDF, 4 by 6 inches."""
