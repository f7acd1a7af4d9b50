"""Cart: what other modules may ask of carts.

Prices are quoted by catalog, never given by a client. Holding a cart's id is the right to it.
"""

from datetime import datetime
from typing import Annotated

import msgspec

from storefront.interface import Interface, Key, NotFound, Quantity, Refusal, Value, command, query
from storefront.money import Money

Currency = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$(?!\n)")]  # Python's $ alone admits a newline

Claim = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
"""The id of the order that a cart is to become."""

NO_NUL = r"^[^\x00]*$"
"""PostgreSQL's JSON cannot hold the character NUL."""


class WantedLine(Value):
    """So many units of a SKU."""

    sku: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    quantity: Quantity


class Metadatum(Value):
    """One entry of the string map that a client may attach."""

    key: Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=NO_NUL)]
    value: Annotated[str, msgspec.Meta(max_length=500, pattern=NO_NUL)]


class CartLine(Value):
    """A line with the price that the shopper was last shown."""

    id: str
    sku: str
    title: str
    quantity: int
    unit_price: Money
    total: Money
    availability: str = "unknown"  # inventory's band; unknown if nobody answered; unavailable if not sold any more
    drifted_from: Money | None = None  # the unit price as of the last change, if it is another now; a change resets it


class CartView(Value):
    """A cart as its owner sees it."""

    id: str
    version: int
    currency: str
    lines: tuple[CartLine, ...]
    subtotal: Money
    updated_at: datetime
    metadata: tuple[Metadatum, ...] = ()
    is_completing: bool = False
    is_completed: bool = False


class Standing(Value):
    """What has become of a cart. `order_id`: the order that claims it, or that it has become; empty if none."""

    cart_id: str
    order_id: str
    is_completed: bool


class Busy(Refusal):
    """The cart is being paid for, so nobody edits it now."""

    code = "cart.completing"
    message = "Cart {cart_id} is being paid for; try again when that is done."
    cart_id: str


class Completed(Refusal):
    """The cart has become an order."""

    code = "cart.completed"
    message = "Cart {cart_id} has become an order."
    cart_id: str


class Stale(Refusal):
    """The cart has changed since the caller read it."""

    code = "cart.changed"
    status = 412
    message = "The cart is at version {version}, not {expected}; read it again."
    version: int
    expected: int


class NotForSale(Refusal):
    """Nothing on sale in this currency has this SKU."""

    code = "cart.not_for_sale"
    status = 422
    message = "{sku} is not on sale in {currency}."
    sku: str
    currency: str


class NoSuchCurrency(Refusal):
    """ISO 4217 has no such currency, or nothing can be priced in it."""

    code = "cart.no_such_currency"
    status = 422
    message = "{currency} is no currency that prices can be in; use an ISO 4217 code such as EUR."
    currency: str


class TooMany(Refusal):
    """A line or the cart would exceed its limit."""

    code = "cart.too_many"
    status = 422
    message = "{requested} requested; at most {limit}."
    requested: int
    limit: int


class TooMuch(Refusal):
    """The cart would come to more than anybody can be charged."""

    code = "cart.too_much"
    status = 422
    message = "The cart would come to more than {largest}; take fewer units."
    largest: Money


EDITING = (NotFound, Busy, Completed, Stale, NotForSale, TooMany)


class Cart(Interface, module="cart", version=1):
    """Carts: lines, prices as shown, and the claim that freezes them while they are paid for."""

    @command(timeout=2.0, refuses=(NoSuchCurrency, NotForSale, TooMany, TooMuch))
    def create(
        self, *, key: Key, currency: Currency, lines: tuple[WantedLine, ...] = (), metadata: tuple[Metadatum, ...] = ()
    ) -> CartView:
        """Open a cart. Lines of one SKU are merged."""

    @command(timeout=2.0, refuses=(*EDITING, TooMuch))
    def add_line(
        self, *, key: Key, cart_id: str, sku: str, quantity: Quantity, expected_version: int | None = None
    ) -> CartView:
        """Add units of a SKU, to its line if there is one."""

    @command(timeout=2.0, refuses=(*EDITING, TooMuch))
    def change_line(
        self, *, key: Key, cart_id: str, line_id: str, quantity: Quantity, expected_version: int | None = None
    ) -> CartView:
        """Set the quantity of a line."""

    @command(timeout=2.0, refuses=EDITING)
    def remove_line(self, *, key: Key, cart_id: str, line_id: str, expected_version: int | None = None) -> CartView:
        """Take a line out."""

    @command(timeout=2.0, refuses=EDITING)
    def change(
        self, *, key: Key, cart_id: str, metadata: tuple[Metadatum, ...], expected_version: int | None = None
    ) -> CartView:
        """Replace what the client attached."""

    @command(timeout=2.0, refuses=EDITING)
    def discard(self, *, key: Key, cart_id: str, expected_version: int | None = None) -> None:
        """Delete the cart."""

    @command(timeout=2.0, refuses=(NotFound, Busy, Completed))
    def freeze(self, *, key: Key, cart_id: str, claim: Claim) -> CartView:
        """Claim the cart for an order for 5 minutes, as it is now; the same claim is extended.

        The version stays: it counts what the shopper changes. An expired claim frees the cart.

        :raises Busy: another claim lives, or this one was given up before
        """

    @command(timeout=2.0)
    def thaw(self, *, key: Key, cart_id: str, claim: Claim) -> None:
        """Give a claim up. Accepted before `freeze`, which is then refused."""

    @command(timeout=2.0, refuses=(NotFound, Completed))
    def complete(self, *, key: Key, cart_id: str, claim: Claim) -> None:
        """The cart has become the order whose id is `claim`; final, also if the claim has expired meanwhile.

        :raises NotFound: no such cart, or the claim was given up
        :raises Completed: the cart has become another order
        """

    @query(timeout=1.0, refuses=(NotFound,))
    def cart(self, *, cart_id: str) -> CartView:
        """A cart with today's prices and availability; lines whose price has moved say so."""

    @query(timeout=2.0)
    def standings(self, *, cart_ids: tuple[str, ...]) -> tuple[Standing, ...]:
        """What has become of these carts; those that are gone are left out."""

    @query(timeout=2.0)
    def books(self, *, after: str, limit: int) -> tuple[Standing, ...]:
        """Carts that have become orders, by id after `after`, for the audit of the books."""
