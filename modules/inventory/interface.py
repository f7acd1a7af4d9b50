"""Inventory: what other modules may ask of stock.

Quantities are whole sellable units. Instants are timezone-aware UTC.
"""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

from storefront.interface import Interface, Key, NotFound, Quantity, Refusal, Value, command, query

Band = Literal["in_stock", "low_stock", "backorder", "out_of_stock"]

Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]
"""Whole sellable units, perhaps none."""

Change = Annotated[int, msgspec.Meta(ge=-1_000_000_000, le=1_000_000_000)]
"""Whole sellable units, more or fewer."""

Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
"""Why stock was changed by hand; `received` says that ordered goods came in."""


ANY_VERSION = -1
"""Stands for whatever version a level has. None has this one, so a process of an earlier release refuses it."""


class StockLine(Value):
    """So many units of a SKU."""

    sku: str
    quantity: Quantity


class ReservedLine(Value):
    """What is held of a SKU, and how much of it is still to arrive."""

    sku: str
    quantity: int
    backordered: int = 0
    expected_date: date | None = None


class Reservation(Value):
    """Stock held for an order."""

    order_id: str
    expires_at: datetime
    lines: tuple[ReservedLine, ...]


class Availability(Value):
    """What may be promised of a SKU, over all locations."""

    sku: str
    available: int  # on hand - allocated - reserved, never below 0
    backorderable: int  # further units that may be promised before they arrive
    band: Band
    expected_date: date | None = None
    sequence: int | None = None  # of what was last announced of the SKU; an older one is of an older time


class Level(Value):
    """The stock of a SKU at one location."""

    sku: str
    location: str
    on_hand: int
    allocated: int
    reserved: int
    version: int  # rises with each change; the compare in compare-and-swap


class OpeningLevel(Value):
    """Stock and policy of a SKU at one location when it is first seen."""

    sku: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    location: Annotated[str, msgspec.Meta(min_length=1, max_length=50)]
    on_hand: Count
    low_stock_threshold: Count = 0
    backorder_limit: Count = 0
    expected_date: date | None = None


class Policy(Value):
    """How a SKU is sold when little or nothing of it is left."""

    sku: str
    low_stock_threshold: int
    backorder_limit: int
    expected_date: date | None = None


class Holding(Value):
    """What an order's stock is doing."""

    order_id: str
    status: Literal["held", "consumed", "released", "expired"]
    expires_at: datetime
    units: int | None = None  # not given back and not shipped yet
    to_arrive: int | None = None  # of these, promised and not there yet; None: an earlier release does not say


class OutOfStock(Refusal):
    """A line cannot be held in full, and its backorder limit does not cover the rest."""

    code = "inventory.out_of_stock"
    message = "{sku}: {requested} requested, {available} available."
    sku: str
    requested: int
    available: int


class ReservationLost(Refusal):
    """The reservation has expired or was released; what it held may be sold to others."""

    code = "inventory.reservation_lost"
    message = "The stock of order {order_id} is no longer held."
    order_id: str


class StockChanged(Refusal):
    """The level is not what the caller believed: read it again, then decide."""

    code = "inventory.stock_changed"
    status = 412
    message = "{sku} at {location}: version {version}, not the one expected."
    sku: str
    location: str
    version: int
    on_hand: int


class BelowPromised(Refusal):
    """On hand would fall below what is already promised to orders."""

    code = "inventory.below_promised"
    message = "{sku} at {location}: {promised} units are promised, so on hand cannot become {on_hand}."
    sku: str
    location: str
    promised: int
    on_hand: int


class TooManyUnits(Refusal):
    """More would be on hand than a level counts."""

    code = "inventory.too_many_units"
    message = "{sku} at {location}: {on_hand} would be on hand; at most {most} are counted."
    sku: str
    location: str
    on_hand: int
    most: int


class NotArrived(Refusal):
    """More is to be shipped than the order owns on a shelf; the rest has not arrived, or was never its own."""

    code = "inventory.not_arrived"
    message = "{sku}: {requested} to ship, {arrived} allocated to order {order_id} and on a shelf."
    order_id: str
    sku: str
    requested: int
    arrived: int


class Inventory(Interface, module="inventory", version=1):
    """Stock: levels, reservations, backorders."""

    @command(timeout=2.0, refuses=(OutOfStock, ReservationLost))
    def reserve(self, *, key: Key, order_id: str, lines: tuple[StockLine, ...]) -> Reservation:
        """Hold stock for an order until `Reservation.expires_at`: all lines or none.

        Lines of one SKU are summed first. Asked again for the same order, it extends the reservation.

        :raises OutOfStock: for the first SKU, by name, that cannot be held
        :raises ReservationLost: the order's reservation was released before
        """

    @command(timeout=2.0, refuses=(ReservationLost,))
    def extend(self, *, key: Key, order_id: str) -> Reservation:
        """Hold the stock of an order longer, because its buyer is still active."""

    @command(timeout=2.0)
    def release(self, *, key: Key, order_id: str) -> None:
        """Give back what is held or allocated for an order. Accepted before `reserve`, which is then refused."""

    @command(timeout=2.0, refuses=(ReservationLost,))
    def consume(self, *, key: Key, order_id: str) -> Reservation:
        """Turn the reservation of a placed order into an allocation, which does not expire."""

    @command(timeout=2.0, refuses=(ReservationLost, NotArrived))
    def ship(self, *, key: Key, order_id: str, lines: tuple[StockLine, ...]) -> None:
        """The allocated units have left the building."""

    @command(timeout=5.0)
    def open_levels(self, *, key: Key, levels: tuple[OpeningLevel, ...]) -> int:
        """Receive first stock of SKUs; levels that exist stay as they are. Returns how many were opened."""

    @command(timeout=2.0, refuses=(NotFound, BelowPromised, TooManyUnits))
    def adjust(self, *, key: Key, sku: str, location: str, change: Change, reason: Reason, actor: str) -> Level:
        """Add units to a level or take them away, with a reason."""

    @command(timeout=2.0, refuses=(NotFound, StockChanged, BelowPromised))
    def count(
        self, *, key: Key, sku: str, location: str, on_hand: Count, expected_version: int, reason: Reason, actor: str
    ) -> Level:
        """Set on hand to what was counted, if the level is still at `expected_version`, or that is `ANY_VERSION`."""

    @command(timeout=2.0, refuses=(NotFound,))
    def change_policy(
        self, *, key: Key, sku: str, low_stock_threshold: Count, backorder_limit: Count,
        expected_date: date | None = None,
    ) -> Policy:
        """Set how a SKU is sold when little or nothing of it is left. What is promised already stays promised."""

    @query(timeout=0.5)
    def availability(self, *, skus: tuple[str, ...]) -> tuple[Availability, ...]:
        """What may be promised of each SKU; unknown SKUs are left out."""

    @query(timeout=0.5)
    def levels(self, *, skus: tuple[str, ...]) -> tuple[Level, ...]:
        """The stock of each SKU at each location, by SKU and location."""

    @query(timeout=0.5, refuses=(NotFound,))
    def reservation(self, *, order_id: str) -> Reservation:
        """What is held or allocated for an order."""

    @query(timeout=2.0)
    def holdings(self, *, after: str, limit: int) -> tuple[Holding, ...]:
        """Orders that hold or own stock, by order id after `after`, for the audit of the books."""
