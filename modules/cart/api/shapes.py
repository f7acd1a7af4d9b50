"""What the public API takes and gives."""

from datetime import datetime
from typing import Annotated, Self

import msgspec

from modules.cart.interface import NO_NUL, CartLine, CartView, Currency, Metadatum, WantedLine
from storefront.interface import Quantity, Value
from storefront.money import Money
from storefront.rest import Shape

MetadataKey = Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=NO_NUL)]
MetadataText = Annotated[str, msgspec.Meta(max_length=500, pattern=NO_NUL)]
Metadata = Annotated[
    dict[MetadataKey, MetadataText], msgspec.Meta(max_length=50, description="What the client keeps with the cart.")
]


class NewLine(Shape):
    """Units of a SKU. The price is ours to say."""

    sku: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    quantity: Quantity = 1


class NewCart(Shape):
    """A cart to open. Lines of one SKU are merged."""

    currency: Currency
    lines: Annotated[tuple[NewLine, ...], msgspec.Meta(max_length=100)] = ()
    metadata: Metadata = msgspec.field(default_factory=dict)

    def wanted(self) -> tuple[WantedLine, ...]:
        """The lines, as the face takes them."""
        return tuple(WantedLine(sku=line.sku, quantity=line.quantity) for line in self.lines)


class CartChange(Shape):
    """What replaces what is there."""

    metadata: Metadata


class LineChange(Shape):
    """The line's new quantity."""

    quantity: Quantity


class LineOut(Value):
    """A line at today's price."""

    id: str
    sku: str
    title: str
    quantity: int
    unit_price: Money
    total: Money
    availability: str
    """in_stock, low_stock, backorder, out_of_stock; unavailable if not sold any more; unknown."""
    drifted_from: Money | None
    """The unit price as of the last change, if it is another now."""

    @classmethod
    def of(cls, line: CartLine) -> Self:
        """The line as JSON shows it."""
        return cls(
            id=line.id, sku=line.sku, title=line.title, quantity=line.quantity, unit_price=line.unit_price,
            total=line.total, availability=line.availability, drifted_from=line.drifted_from,
        )


class Totals(Value):
    """subtotal - discount + tax = total. Tax is known at checkout, where the address is."""

    subtotal: Money
    discount: Money
    tax: Money
    total: Money


class CartOut(Value):
    """A cart. `version` is the number in its ETag."""

    id: str
    version: int
    currency: str
    lines: tuple[LineOut, ...]
    totals: Totals
    metadata: dict[str, str]
    is_completing: bool
    is_completed: bool
    updated_at: datetime

    @classmethod
    def of(cls, cart: CartView) -> Self:
        """The cart as JSON shows it."""
        nothing = Money.zero(cart.currency)
        return cls(
            id=cart.id, version=cart.version, currency=cart.currency,
            lines=tuple(LineOut.of(line) for line in cart.lines),
            totals=Totals(subtotal=cart.subtotal, discount=nothing, tax=nothing, total=cart.subtotal),
            metadata={entry.key: entry.value for entry in cart.metadata},
            is_completing=cart.is_completing, is_completed=cart.is_completed, updated_at=cart.updated_at,
        )


def entries(metadata: dict[str, str]) -> tuple[Metadatum, ...]:
    """The string map, as the face takes it."""
    return tuple(Metadatum(key=key, value=metadata[key]) for key in sorted(metadata))
