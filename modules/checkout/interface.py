"""Checkout: what other modules may ask of checkouts and orders.

Money is in minor units. A checkout's id is unguessable: holding it is the guest's right to it and to its order.
"""

from datetime import datetime
from typing import Literal

from msgspec import UNSET, UnsetType

from modules.cart.interface import Busy, Completed
from modules.catalog.interface import Option
from modules.inventory.interface import OutOfStock, ReservationLost
from modules.payments.interface import (
    ActionRequired,
    PaymentDeclined,
    PaymentVoided,
    UnknownProvider,
    WrongState,
)
from modules.shipping.interface import PostalAddress, ShippingOption
from storefront.interface import Interface, Key, NotFound, Refusal, Value, command, query
from storefront.money import Money
from storefront.sagas.refusal import StepUnavailable

OrderStatus = Literal["placed", "canceled"]
PaymentStatus = Literal[
    "none", "authorized", "partially_paid", "paid", "partially_refunded", "refunded", "voided"
]
FulfilmentStatus = Literal["unfulfilled", "backordered", "partial", "fulfilled", "delivered", "canceled"]


class PaymentChoice(Value):
    """How the shopper pays: a provider and its token, never a card."""

    provider: str
    token: str


class Details(Value):
    """What a checkout is told; what is left out stays as it is."""

    email: str | UnsetType = UNSET
    shipping_address: PostalAddress | UnsetType | None = UNSET
    billing_address: PostalAddress | UnsetType | None = UNSET
    shipping_option: str | UnsetType = UNSET
    payment: PaymentChoice | UnsetType | None = UNSET


class Requirement(Value):
    """What is still missing before the order can be placed. `pointer`: where in the checkout."""

    code: str
    pointer: str
    detail: str


class Totals(Value):
    """subtotal + shipping - discount + tax = total, to the minor unit; subtotal and shipping are net of tax."""

    subtotal: Money
    shipping: Money
    discount: Money
    tax: Money
    total: Money


class PricedLine(Value):
    """A line as catalog quotes it now; an order keeps it by value."""

    sku: str
    product_id: str
    variant_id: str
    title: str
    options: tuple[Option, ...]
    quantity: int
    unit_price: Money
    total: Money
    tax: Money
    tax_included: bool
    tax_class: str
    weight_g: int
    requires_shipping: bool
    backordered: int = 0


class CheckoutView(Value):
    """A checkout as its owner sees it."""

    id: str
    version: int
    cart_id: str
    email: str
    shipping_address: PostalAddress | None
    billing_address: PostalAddress | None
    shipping_option: str
    payment_provider: str
    lines: tuple[PricedLine, ...]
    totals: Totals
    requirements: tuple[Requirement, ...]
    shipping_options: tuple[ShippingOption, ...]
    order_id: str = ""


class Flag(Value):
    """Something that an operator should follow up."""

    code: str
    detail: str
    raised_at: datetime
    sku: str = ""


class TimelineEntry(Value):
    """What happened to an order, and when."""

    at: datetime
    kind: str
    detail: str = ""


class OrderPayment(Value):
    """A payment of an order, as last heard."""

    id: str
    provider: str
    amount: Money
    captured: Money
    refunded: Money


class OrderShipment(Value):
    """A shipment of an order, as last heard."""

    id: str
    carrier: str
    service: str
    tracking_number: str
    tracking_status: str
    dispatched_at: datetime | None = None
    delivered_at: datetime | None = None


class OrderView(Value):
    """An order: copies by value of all that was agreed, and where it stands."""

    id: str
    number: str
    checkout_id: str
    version: int
    status: OrderStatus
    payment_status: PaymentStatus
    fulfilment_status: FulfilmentStatus
    is_held: bool
    email: str
    lines: tuple[PricedLine, ...]
    totals: Totals
    shipping_address: PostalAddress | None
    billing_address: PostalAddress | None
    placed_at: datetime
    flags: tuple[Flag, ...] = ()
    payments: tuple[OrderPayment, ...] = ()
    shipments: tuple[OrderShipment, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()


class Placement(Value):
    """What became of completing a checkout: the order, or word that it is still being placed."""

    order_id: str
    checkout_id: str
    order: OrderView | None = None


class OrderSummary(Value):
    """A row in a list of orders."""

    id: str
    number: str
    status: OrderStatus
    payment_status: PaymentStatus
    fulfilment_status: FulfilmentStatus
    email: str
    total: Money
    flags: tuple[str, ...]
    placed_at: datetime
    serial: int


class RequirementsMissing(Refusal):
    """The checkout is not complete; `requirements` says what is missing."""

    code = "requirements_missing"
    status = 422
    message = "The checkout is not complete yet."
    requirements: tuple[Requirement, ...]


class PriceChanged(Refusal):
    """The total is not what the shopper was shown."""

    code = "price_changed"
    message = "The total is {current_total} now."
    current_total: Money


class CartChanged(Refusal):
    """A line of the cart can no longer be bought, or the cart is empty."""

    code = "cart_changed"
    message = "{why}"
    why: str


class AlreadyCompleting(Refusal):
    """Another request is placing the order of this checkout."""

    code = "checkout.completing"
    message = "Checkout {checkout_id} is being completed by another request."
    checkout_id: str


class AlreadyCompleted(Refusal):
    """The checkout has become an order."""

    code = "checkout.completed"
    message = "Checkout {checkout_id} has become order {order_id}."
    checkout_id: str
    order_id: str


class CheckoutChanged(Refusal):
    """The checkout or order has changed since the caller read it."""

    code = "checkout.changed"
    status = 412
    message = "It is at version {version}, not {expected}; read it again."
    version: int
    expected: int


class OrderBusy(Refusal):
    """The order is still being worked on; try again in a moment."""

    code = "order.busy"
    message = "Order {order_id} is still being worked on: {work}."
    order_id: str
    work: str


class NotCancelable(Refusal):
    """The order has left, or is canceled."""

    code = "order.not_cancelable"
    message = "Order {order_id} cannot be canceled: it is {state}."
    order_id: str
    state: str


class NotHoldable(Refusal):
    """The order's state does not allow holding or releasing it."""

    code = "order.not_holdable"
    message = "Order {order_id}: {why}."
    order_id: str
    why: str


class PurchaseLimitReached(Refusal):
    """A customer may buy so many units of a SKU, over all orders that stand, and this one would be too much."""

    code = "checkout.purchase_limit_reached"
    message = "{sku}: at most {limit} for each customer, {bought} bought before, {requested} wanted."
    sku: str
    limit: int
    bought: int
    requested: int


class TotalTooLarge(Refusal):
    """Prices and quantities come to more than anybody can be charged."""

    code = "checkout.total_too_large"
    status = 422
    message = "The order comes to more than {largest}; take fewer units."
    largest: Money


COMPLETING = (
    NotFound, RequirementsMissing, PriceChanged, CartChanged, AlreadyCompleting, AlreadyCompleted, Busy, Completed,
    OutOfStock, ReservationLost, PaymentDeclined, ActionRequired, UnknownProvider, PaymentVoided, WrongState,
    StepUnavailable, PurchaseLimitReached, TotalTooLarge,
)


class Checkout(Interface, module="checkout", version=1):
    """Checkouts and the orders that they become."""

    @command(timeout=3.0, refuses=(NotFound, CartChanged, UnknownProvider, TotalTooLarge))
    def open(self, *, key: Key, cart_id: str, details: Details) -> CheckoutView:
        """Begin to buy a cart. Everything but the cart may come later.

        :raises UnknownProvider: now, or in `complete` if payments could not be asked
        """

    @command(
        timeout=3.0,
        refuses=(
            NotFound, CheckoutChanged, CartChanged, AlreadyCompleting, AlreadyCompleted, UnknownProvider, TotalTooLarge,
        ),
    )
    def change(
        self, *, key: Key, checkout_id: str, details: Details, expected_version: int | None = None
    ) -> CheckoutView:
        """Tell a checkout more."""

    @command(timeout=8.0, refuses=COMPLETING)
    def complete(self, *, key: Key, checkout_id: str, expected_total: Money | None = None) -> Placement:
        """Place the order: waits up to 2 s for the answer; `Placement.order` is None if it takes longer."""

    @command(timeout=2.0, refuses=(NotFound, NotCancelable, OrderBusy))
    def cancel(self, *, key: Key, order_id: str, reason: str, actor: str) -> OrderView:
        """Begin to cancel an order: its shipment, its stock, its money."""

    @command(timeout=2.0, refuses=(NotFound, NotHoldable, OrderBusy))
    def hold(self, *, key: Key, order_id: str, reason: str, actor: str) -> OrderView:
        """Keep an order from leaving until it is released."""

    @command(timeout=2.0, refuses=(NotFound, NotHoldable, OrderBusy))
    def release(self, *, key: Key, order_id: str, actor: str) -> OrderView:
        """Let an order leave that was held, or whose backordered units have come in."""

    @command(timeout=2.0, refuses=(NotFound,))
    def resolve_flag(self, *, key: Key, order_id: str, code: str, actor: str) -> None:
        """An operator has followed a flag up."""

    @query(timeout=2.0, refuses=(NotFound, CartChanged, TotalTooLarge))
    def checkout(self, *, checkout_id: str) -> CheckoutView:
        """A checkout with today's prices and ways to deliver."""

    @query(timeout=1.0, refuses=(NotFound,))
    def order(self, *, order_id: str) -> OrderView:
        """One order with all that belongs to it."""

    @query(timeout=1.0)
    def orders(
        self, *, before: int | None, limit: int, status: str = "", payment_status: str = "",
        fulfilment_status: str = "", flag: str = "", placed_after: datetime | None = None,
        after: int | None = None,
    ) -> tuple[OrderSummary, ...]:
        """Orders, newest first, from serial `before` downwards; or, oldest first, from serial `after` upwards."""
