"""A stock room to test in."""

from collections.abc import Iterator

import pytest

from modules.inventory.interface import Availability, Inventory, Level, OpeningLevel, Reservation, StockLine
from storefront.testing.world import World


class StockRoom:
    """Inventory, asked in few words."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.inventory = world.connect(Inventory)

    def receive(self, sku: str, units: int, at: str = "berlin", *, low: int = 0, limit: int = 0) -> None:
        """First stock of a SKU at a location."""
        level = OpeningLevel(sku=sku, location=at, on_hand=units, low_stock_threshold=low, backorder_limit=limit)
        self.inventory.open_levels(key=self.world.key(), levels=(level,))

    def reserve(self, order_id: str, **units: int) -> Reservation:
        """Hold stock; `RED_MUG=2` is 2 of RED-MUG."""
        return self.inventory.reserve(key=self.world.key(), order_id=order_id, lines=lines(**units))

    def buy(self, order_id: str, **units: int) -> Reservation:
        """Hold stock and place the order."""
        self.reserve(order_id, **units)
        return self.consume(order_id)

    def consume(self, order_id: str) -> Reservation:
        """Place the order."""
        return self.inventory.consume(key=self.world.key(), order_id=order_id)

    def extend(self, order_id: str) -> Reservation:
        """Hold it longer."""
        return self.inventory.extend(key=self.world.key(), order_id=order_id)

    def release(self, order_id: str) -> None:
        """Give it back."""
        self.inventory.release(key=self.world.key(), order_id=order_id)

    def ship(self, order_id: str, **units: int) -> None:
        """Send it."""
        self.inventory.ship(key=self.world.key(), order_id=order_id, lines=lines(**units))

    def adjust(self, sku: str, change: int, at: str = "berlin", *, reason: str = "found") -> Level:
        """Add or take away."""
        return self.inventory.adjust(
            key=self.world.key(), sku=sku, location=at, change=change, reason=reason, actor="ada"
        )

    def shows(self, sku: str) -> Availability:
        """What shoppers are told."""
        return self.inventory.availability(skus=(sku,))[0]

    def available(self, sku: str) -> int:
        """Units that may be promised now."""
        return self.shows(sku).available

    def level(self, sku: str, at: str = "berlin") -> Level:
        """The counters at a location."""
        return next(level for level in self.inventory.levels(skus=(sku,)) if level.location == at)


def lines(**units: int) -> tuple[StockLine, ...]:
    """`RED_MUG=2` is 2 of RED-MUG."""
    return tuple(StockLine(sku=sku.replace("_", "-"), quantity=quantity) for sku, quantity in units.items())


@pytest.fixture
def stock(world: World) -> Iterator[StockRoom]:
    """A stock room whose books are right at the end, whatever the test did."""
    yield StockRoom(world)

    assert defects() == []


@pytest.fixture
def committed_stock(committed_world: World) -> Iterator[StockRoom]:
    """A stock room with real commits."""
    yield StockRoom(committed_world)

    assert defects() == []


def defects() -> list[str]:
    """What the audit says of stock."""
    from modules.inventory.audit import audit  # not before Django is set up

    return list(audit())
