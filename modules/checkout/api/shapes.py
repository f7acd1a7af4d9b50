"""What clients send to checkouts and orders, and what they get."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from modules.checkout.interface import (
    CheckoutView,
    Details,
    Flag,
    FulfilmentStatus,
    OrderPayment,
    OrderShipment,
    OrderStatus,
    OrderView,
    PaymentChoice,
    PaymentStatus,
    PricedLine,
    Requirement,
    TimelineEntry,
    Totals,
)
from modules.shipping.interface import PostalAddress, ShippingOption
from storefront.interface import Value
from storefront.mailbox import ADDRESS, LONGEST
from storefront.money import Money
from storefront.rest import Listing, Shape

Text = Annotated[str, msgspec.Meta(max_length=120)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Email = Annotated[str, msgspec.Meta(max_length=LONGEST, pattern=ADDRESS)]
Country = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}$(?!\n)")]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9._-]+$(?!\n)")]
Token = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9._:-]+$(?!\n)")]
CartId = Annotated[str, msgspec.Meta(min_length=1, max_length=45)]


class Address(Shape):
    """Where and to whom a parcel goes. country: ISO 3166-1 alpha-2."""

    name: Name
    line1: Name
    city: Name
    country: Country
    company: Text = ""
    line2: Text = ""
    region: Text = ""
    postal_code: Annotated[str, msgspec.Meta(max_length=20)] = ""
    phone: Annotated[str, msgspec.Meta(max_length=30)] = ""

    def value(self) -> PostalAddress:
        """As it goes on."""
        return PostalAddress(**msgspec.structs.asdict(self))


class Payment(Shape):
    """A payment provider and its token; card numbers are never sent here."""

    provider: Code
    token: Token


class CheckoutChange(Shape):
    """What a checkout is told; what is left out stays as it is."""

    email: Email | UnsetType = UNSET
    shipping_address: Address | UnsetType | None = UNSET
    billing_address: Address | UnsetType | None = UNSET
    shipping_option: Code | UnsetType = UNSET
    payment: Payment | UnsetType | None = UNSET

    def details(self) -> Details:
        """As the face takes it."""
        return Details(
            email=self.email,
            shipping_address=_address(self.shipping_address),
            billing_address=_address(self.billing_address),
            shipping_option=self.shipping_option,
            payment=PaymentChoice(provider=self.payment.provider, token=self.payment.token)
            if isinstance(self.payment, Payment) else self.payment,
        )


def _address(given: Address | UnsetType | None) -> PostalAddress | UnsetType | None:
    return given.value() if isinstance(given, Address) else given


class NewCheckout(CheckoutChange, kw_only=True):
    """A cart to be bought; everything else may come later."""

    cart: CartId


class Completion(Shape):
    """The total that the shopper was shown; another one is refused with the new total."""

    expected_total: Money | None = None


class Processing(Value):
    """The order is being placed; `order` is where it will be."""

    status: Literal["processing"]
    order: str


class CheckoutOut(Value):
    """A checkout."""

    id: str
    cart: str
    email: str
    shipping_address: PostalAddress | None
    billing_address: PostalAddress | None
    shipping_option: str
    payment_provider: str
    lines: tuple[PricedLine, ...]
    totals: Totals
    requirements: tuple[Requirement, ...]
    shipping_options: tuple[ShippingOption, ...]
    order: str | None

    @classmethod
    def of(cls, view: CheckoutView) -> "CheckoutOut":
        """As clients see it."""
        return cls(
            id=view.id, cart=view.cart_id, email=view.email, shipping_address=view.shipping_address,
            billing_address=view.billing_address, shipping_option=view.shipping_option,
            payment_provider=view.payment_provider, lines=view.lines, totals=view.totals,
            requirements=view.requirements, shipping_options=view.shipping_options, order=view.order_id or None,
        )


class Addresses(Value):
    """Where an order goes, and who pays."""

    shipping: PostalAddress | None
    billing: PostalAddress | None


class OrderOut(Value):
    """An order."""

    id: str
    number: str
    status: OrderStatus
    payment_status: PaymentStatus
    fulfilment_status: FulfilmentStatus
    held: bool
    flags: tuple[Flag, ...]
    email: str
    lines: tuple[PricedLine, ...]
    totals: Totals
    addresses: Addresses
    payments: tuple[OrderPayment, ...]
    shipments: tuple[OrderShipment, ...]
    timeline: tuple[TimelineEntry, ...]
    placed_at: datetime

    @classmethod
    def of(cls, view: OrderView) -> "OrderOut":
        """As clients see it."""
        return cls(
            id=view.id, number=view.number, status=view.status, payment_status=view.payment_status,
            fulfilment_status=view.fulfilment_status, held=view.is_held, flags=view.flags, email=view.email,
            lines=view.lines, totals=view.totals,
            addresses=Addresses(shipping=view.shipping_address, billing=view.billing_address),
            payments=view.payments, shipments=view.shipments, timeline=view.timeline, placed_at=view.placed_at,
        )


class OrderRow(Value):
    """An order in a list."""

    id: str
    number: str
    status: OrderStatus
    payment_status: PaymentStatus
    fulfilment_status: FulfilmentStatus
    flags: tuple[str, ...]
    email: str
    total: Money
    placed_at: datetime


class OrderFilter(Listing):
    """Which orders to list."""

    status: OrderStatus | None = None
    payment_status: PaymentStatus | None = None
    fulfilment_status: FulfilmentStatus | None = None
    flag: Annotated[str, msgspec.Meta(max_length=40)] = ""
    placed_after: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class OrderQuery(Shape):
    """A guest's right to an order: the id of the checkout that placed it."""

    checkout: Annotated[str, msgspec.Meta(max_length=45)] = ""


class Reason(Shape):
    """Why an operator does it."""

    reason: Annotated[str, msgspec.Meta(max_length=200)] = ""
