"""Inventory: rules of stock. No database, no clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from modules.inventory.interface import Band, StockLine

HOLD = timedelta(minutes=10)
"""How long a reservation lives after it was made or extended."""

MOST_UNITS = 1_000_000_000
"""On hand at one location, and told of all together: four bytes hold it everywhere."""

TELLING = 20
"""Up to so many units (or twice the low-stock threshold) each change of what is available is announced."""

TO_ARRIVE = ""
"""The location of units that are promised before they are there."""

Route = dict[str, int]
"""Location -> units to take there."""


class Shown(NamedTuple):
    """What shoppers may be told of a SKU."""

    available: int
    backorderable: int
    band: Band
    expected_date: date | None


class Moved(NamedTuple):
    """One movement: the changes of the counters of a SKU at a location."""

    sku: str
    location: str
    kind: str
    on_hand: int = 0
    allocated: int = 0
    reserved: int = 0
    backordered: int = 0
    order_id: str = ""
    reason: str = ""
    actor: str = ""


@dataclass(slots=True)
class Shelf:
    """A SKU's units at one location."""

    location: str
    priority: int
    on_hand: int
    allocated: int
    reserved: int
    version: int

    @property
    def free(self) -> int:
        """Units on hand that nobody was promised."""
        return self.on_hand - self.allocated - self.reserved


@dataclass(slots=True)
class Stock:
    """A SKU with its policy and all its shelves."""

    sku: str
    low_stock_threshold: int
    backorder_limit: int
    expected_date: date | None
    backordered: int
    sequence: int
    is_low: bool
    shelves: dict[str, Shelf] = field(default_factory=dict)

    @property
    def free(self) -> int:
        """Units on hand, anywhere, that nobody was promised."""
        return sum([shelf.free for shelf in self.shelves.values()])

    @property
    def net(self) -> int:
        """Units on hand that are left when all who wait are served; negative while some will still wait."""
        return self.free - self.backordered

    @property
    def held(self) -> int:
        """Units, here or to arrive, that reservations hold; some of those to arrive may be of placed orders."""
        return self.backordered + sum([shelf.reserved for shelf in self.shelves.values()])

    @property
    def promisable(self) -> int:
        """The most that one more order can get."""
        shown = self.shown()
        return shown.available + shown.backorderable

    @property
    def firm(self) -> int:
        """Units on hand that no placed order owns."""
        return sum([shelf.on_hand - shelf.allocated for shelf in self.shelves.values()])

    def shown(self) -> Shown:
        """What shoppers may be told at this moment."""
        return shown(
            free=self.free, backordered=self.backordered, threshold=self.low_stock_threshold,
            limit=self.backorder_limit, expected_date=self.expected_date,
        )


def shown(*, free: int, backordered: int, threshold: int, limit: int, expected_date: date | None) -> Shown:
    """What may be promised, all in units. Free units first serve those who already wait."""
    available = min(max(0, free - backordered), MOST_UNITS)
    backorderable = max(0, limit - max(0, backordered - free))
    return Shown(available, backorderable, band_of(available, backorderable, threshold=threshold), expected_date)


def band_of(available: int, backorderable: int, *, threshold: int) -> Band:
    """The word for so many units. threshold: units at which stock counts as low."""
    if available > threshold:
        return "in_stock"
    if available > 0:
        return "low_stock"
    return "backorder" if backorderable > 0 else "out_of_stock"


def is_worth_telling(before: Shown | None, after: Shown, *, threshold: int) -> bool:
    """Whether a change must be announced: another band or date, or numbers so small that each unit counts."""
    if before is None:
        return True
    if before == after:
        return False
    near = max(TELLING, 2 * threshold)
    return (
        before.band != after.band
        or before.expected_date != after.expected_date
        or (before.available != after.available and min(before.available, after.available) <= near)
        or (before.backorderable != after.backorderable and min(before.backorderable, after.backorderable) <= near)
    )


def summed(lines: Iterable[StockLine]) -> dict[str, int]:
    """Units per SKU, by name: two lines of one SKU ask for their sum."""
    wanted: dict[str, int] = {}
    for line in lines:
        wanted[line.sku] = wanted.get(line.sku, 0) + line.quantity
    return dict(sorted(wanted.items()))


def route(stocks: Mapping[str, Stock], wanted: Mapping[str, int]) -> dict[str, Route]:
    """Where each SKU is taken from: one location for all if there is one, else as few as possible.

    Ties go to the lower priority number. What no shelf has is `TO_ARRIVE`; the caller has checked the limit.
    """
    location = _one_for_all(stocks, wanted)
    if location is not None:
        return {sku: {location: quantity} for sku, quantity in wanted.items()}
    used: set[str] = set()
    routes = {}
    for sku, quantity in wanted.items():
        routes[sku] = _route_line(stocks[sku], quantity, used)
        used |= routes[sku].keys()
    return routes


def _one_for_all(stocks: Mapping[str, Stock], wanted: Mapping[str, int]) -> str | None:
    shelves = [shelf for sku in list(wanted)[:1] for shelf in stocks[sku].shelves.values()]
    for shelf in sorted(shelves, key=lambda shelf: (shelf.priority, shelf.location)):
        if all(_free_at(stocks[sku], shelf.location) >= quantity for sku, quantity in wanted.items()):
            return shelf.location
    return None


def _free_at(stock: Stock, location: str) -> int:
    shelf = stock.shelves.get(location)
    return shelf.free if shelf else 0


def _route_line(stock: Stock, quantity: int, used: set[str]) -> Route:
    whole = [shelf for shelf in stock.shelves.values() if shelf.free >= quantity]
    if whole:
        best = min(whole, key=lambda shelf: (shelf.location not in used, shelf.priority, shelf.location))
        return {best.location: quantity}
    taken: Route = {}
    for shelf in sorted(stock.shelves.values(), key=lambda shelf: (-shelf.free, shelf.priority, shelf.location)):
        take = min(shelf.free, quantity)
        if take > 0:
            taken[shelf.location] = take
            quantity -= take
    if quantity:
        taken[TO_ARRIVE] = quantity
    return taken
