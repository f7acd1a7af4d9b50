"""What the public API of stock takes and gives. Quantities are whole units."""

from typing import Annotated, Self

import msgspec

from modules.inventory.interface import Change, Count, Level, Reason
from storefront.interface import Value
from storefront.rest import Listing, Shape

Sku = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=50)]


class StockListing(Listing):
    """The parameters of the list of levels."""

    sku: Annotated[tuple[Sku, ...], msgspec.Meta(max_length=100)] = ()
    location: Code | None = None


class CountedLevel(Shape):
    """What was counted on the shelf."""

    on_hand: Count
    reason: Reason = "counted"


class NewAdjustment(Shape):
    """Units to add (or, negative, to take away)."""

    sku: Sku
    location: Code
    change: Change
    reason: Reason


class LevelOut(Value):
    """The stock of a SKU at a location. available: on hand, and promised to nobody."""

    sku: str
    location: str
    on_hand: int
    allocated: int
    reserved: int
    available: int
    version: int

    @classmethod
    def of(cls, level: Level) -> Self:
        """As the face has it, and what is available."""
        return cls(
            sku=level.sku, location=level.location, on_hand=level.on_hand, allocated=level.allocated,
            reserved=level.reserved, available=level.on_hand - level.allocated - level.reserved, version=level.version,
        )
