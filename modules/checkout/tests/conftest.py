"""A checkout with fakes for the five modules that it asks."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from modules.cart.interface import Cart, CartLine, CartView
from modules.catalog.interface import Catalog, Quote
from modules.checkout.interface import Checkout, CheckoutView, Details, PaymentChoice, Placement
from modules.inventory.interface import Inventory, OutOfStock, Reservation, ReservationLost, ReservedLine
from modules.payments.interface import Payments, PaymentView
from modules.shipping.interface import PostalAddress, ShipmentView, Shipping, ShippingOption
from storefront import clock
from storefront.interface import Unavailable, connect
from storefront.money import Money
from storefront.testing.fake import FakeCarrier
from storefront.testing.world import World

ADDRESS = PostalAddress(name="Ada Lovelace", line1="Turmstrasse 1", city="Berlin", postal_code="10559", country="DE")
READY = Details(
    email="ada@example.org", shipping_address=ADDRESS, shipping_option="standard",
    payment=PaymentChoice(provider="sandbox", token="tok_visa"),
)


Complete = Callable[..., Placement]


class Surroundings:
    """The other modules, as far as a checkout sees them; each answer can be replaced by a test."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.price = Money(1250, "EUR")
        self.quantity = 2
        self.backordered = 0
        self.frozen: list[str] = []
        self.when_captured: Callable[[], object] = lambda: None
        self.cart = world.fake(
            Cart, cart=lambda **_: self.view(), freeze=self._freeze, thaw=self._nothing, complete=self._nothing,
            books=lambda **_: (), standings=lambda **_: (),
        )
        self.catalog = world.fake(Catalog, quotes=self._quotes)
        self.inventory = world.fake(
            Inventory, reserve=self._reserve, extend=self._held, release=self._nothing, consume=self._consume,
            ship=self._nothing, holdings=lambda **_: (),
        )
        self.payments = world.fake(
            Payments, authorize=self._authorize, void=self._nothing, capture=self._capture, refund=self._refund,
            payment=lambda **_: self.payment, books=lambda **_: (), providers=lambda: ("sandbox",),
        )
        self.shipping = world.fake(
            Shipping, quote=self._options, arrange=self._arrange, cancel=self._nothing, books=lambda **_: (),
            known=lambda shipment_ids: shipment_ids,
        )
        self.payment: Any = None

    def view(self) -> CartView:
        """The cart."""
        line = CartLine(
            id="lin_1", sku="RED-MUG", title="Red mug", quantity=self.quantity, unit_price=self.price,
            total=self.price * self.quantity,
        )
        return CartView(
            id="crt_1", version=1, currency="EUR", lines=(line,) if self.quantity else (),
            subtotal=line.total, updated_at=clock.now(),
        )

    def done(self, fake: FakeCarrier) -> list[str]:
        """The commands that were given to a module, in order. Questions may be asked twice, as each command may."""
        return [name for name, arguments in fake.calls if "key" in arguments]

    def _freeze(self, **_: Any) -> CartView:
        return self.view()

    def _nothing(self, **_: Any) -> None:
        """Accepts whatever it is told."""

    def _quotes(self, *, skus: tuple[str, ...], currency: str) -> tuple[Quote, ...]:
        return tuple(
            Quote(
                sku=sku, product_id="prd_1", variant_id="var_1", title="Red mug", options=(), unit_price=self.price,
                price_includes_tax=True, tax_class="standard", weight_g=400, requires_shipping=True,
            )
            for sku in skus
        )

    def _reserve(self, *, order_id: str, lines: tuple[Any, ...]) -> Reservation:
        held = self._held(order_id=order_id)
        reserved = (ReservedLine(sku=line.sku, quantity=line.quantity, backordered=self.backordered) for line in lines)
        return msgspec.structs.replace(held, lines=tuple(reserved))

    def _held(self, *, order_id: str) -> Reservation:
        return Reservation(order_id=order_id, expires_at=clock.now() + timedelta(minutes=10), lines=())

    def _consume(self, *, order_id: str) -> Reservation:
        line = ReservedLine(sku="RED-MUG", quantity=self.quantity, backordered=self.backordered)
        return Reservation(order_id=order_id, expires_at=clock.now(), lines=(line,))

    def _authorize(self, *, payment_id: str, order_id: str, amount: Money, **_: Any) -> PaymentView:
        zero = Money.zero("EUR")
        self.payment = PaymentView(
            id=payment_id, order_id=order_id, provider="sandbox", status="authorized", amount=amount,
            authorized=amount, captured=zero, refunded=zero, version=1,
        )
        return self.payment  # type: ignore[no-any-return]

    def _capture(self, **_: Any) -> PaymentView:
        self.when_captured()
        return self.payment  # type: ignore[no-any-return]

    def _refund(self, **_: Any) -> Any:
        raise AssertionError("Nothing was taken, so nothing is refunded.")

    def _options(self, **_: Any) -> tuple[ShippingOption, ...]:
        today = clock.now().date()
        return (
            ShippingOption(
                id="standard", carrier="Sandbox Post", service="Parcel", price=Money(490, "EUR"),
                price_includes_tax=True, estimated_delivery=(today, today), expires_at=clock.now(),
            ),
        )

    def _arrange(self, *, shipment_id: str, order_id: str, items: tuple[Any, ...], **_: Any) -> ShipmentView:
        return ShipmentView(
            id=shipment_id, order_id=order_id, status="ready", tracking_status="pre_transit", carrier="Sandbox Post",
            service="Parcel", tracking_number="SB1", tracking_url="", items=items, version=1,
        )


def away(**_: Any) -> None:
    """Nobody answers."""
    raise Unavailable("The payments process is away.")


def lost(**_: Any) -> None:
    """Somebody else has the stock."""
    raise ReservationLost(order_id="ord_1")


def sold_out(**_: Any) -> None:
    """The stock's answer to whoever is late."""
    raise OutOfStock(sku="RED-MUG", requested=2, available=1)


@pytest.fixture
def around(world: World) -> Surroundings:
    """Everything that a checkout asks."""
    return Surroundings(world)


@pytest.fixture
def opened(world: World, around: Surroundings) -> CheckoutView:
    """A checkout that lacks nothing."""
    return connect(Checkout).open(key=world.key(), cart_id="crt_1", details=READY)


@pytest.fixture
def complete(world: World, opened: CheckoutView) -> Callable[..., Placement]:
    """Complete it."""

    def run(*, key: str = "", expected_total: Money | None = None) -> Placement:
        return connect(Checkout).complete(
            key=key or world.key(), checkout_id=opened.id, expected_total=expected_total or opened.totals.total
        )

    return run
