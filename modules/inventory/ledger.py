"""The books of stock that is locked: what moves, whose it is, and at the end one write and what to announce."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from modules.inventory import store, writing
from modules.inventory.domain import TO_ARRIVE, Moved, Shelf, Stock, is_worth_telling
from modules.inventory.events import AvailabilityChanged, BackorderFilled, StockRanLow
from modules.inventory.interface import Reservation, ReservedLine
from modules.inventory.store import Line, Owned
from storefront.events import publish


class Ledger:
    """Stock under lock, changed in memory and written once. Several orders may share one ledger."""

    def __init__(self, stocks: Mapping[str, Stock], *, now: datetime, lines: Iterable[Line] = ()) -> None:
        self.stocks = dict(stocks)
        self.now = now
        self.lines = {(line.order_id, line.sku, line.location): line for line in lines}
        self.settled: dict[str, Owned] = {}
        self.moved: list[Moved] = []
        self._shown = {sku: stock.shown() for sku, stock in self.stocks.items()}
        self._touched: set[tuple[str, str, str]] = set()
        self._places: set[tuple[str, str]] = set()
        self._opened: set[tuple[str, str]] = set()

    def open(self, stock: Stock, location: str, *, on_hand: int) -> None:
        """Receive first stock of a SKU at a location."""
        self.stocks[stock.sku] = stock
        stock.shelves[location] = Shelf(location, 0, 0, 0, 0, 0)
        self._opened.add((stock.sku, location))
        self.move(Moved(stock.sku, location, "received", on_hand=on_hand, reason="first stock"))

    def move(self, moved: Moved) -> None:
        """Change the counters of a shelf, or of what is to arrive, and remember why."""
        stock = self.stocks[moved.sku]
        if moved.location == TO_ARRIVE:
            stock.backordered += moved.backordered
        else:
            shelf = stock.shelves[moved.location]
            shelf.on_hand += moved.on_hand
            shelf.allocated += moved.allocated
            shelf.reserved += moved.reserved
            shelf.version += (moved.sku, moved.location) not in self._places
            self._places.add((moved.sku, moved.location))
        self.moved.append(moved)

    def know(self, lines: Iterable[Line]) -> list[Line]:
        """Lines read after the lock, as this ledger has them: what it knows already is newer than the database."""
        return [self.lines.setdefault((line.order_id, line.sku, line.location), line) for line in lines]

    def take(self, order_id: str, sku: str, location: str, units: int, *, status: str = "held") -> None:
        """Give an order units of a shelf, or of what is to arrive."""
        moved = Moved(sku, location, "allocated" if status == "consumed" else "reserved", order_id=order_id)
        self.move(_counting(moved, units, status))
        line = self.line(order_id, sku, location)
        line.quantity += units
        line.held += units
        line.status = status

    def give_back(self, line: Line, *, kind: str = "released") -> None:
        """Put on sale again what a line still holds; it keeps its quantity, for the record."""
        if line.held:
            self.move(_counting(Moved(line.sku, line.location, kind, order_id=line.order_id), -line.held, line.status))
            self.touch(line).held = 0

    def allocate(self, line: Line) -> None:
        """What a line holds on a shelf no longer expires: it belongs to a placed order."""
        self.move(Moved(
            line.sku, line.location, "allocated", allocated=line.held, reserved=-line.held, order_id=line.order_id
        ))

    def ship(self, line: Line, units: int) -> None:
        """Allocated units of a line leave the building."""
        self.move(Moved(
            line.sku, line.location, "shipped", on_hand=-units, allocated=-units, order_id=line.order_id
        ))
        self.touch(line).held -= units
        line.shipped += units

    def fulfil(self, line: Line, units: int, *, at: str) -> None:
        """Units that a line waited for have arrived at a location."""
        self.move(Moved(line.sku, line.location, "received", backordered=-units, order_id=line.order_id))
        self.touch(line).held -= units
        line.quantity -= units
        self.take(line.order_id, line.sku, at, units, status=line.status)
        if line.status == "consumed":
            publish(BackorderFilled(order_id=line.order_id, sku=line.sku, quantity=units, location=at))

    def line(self, order_id: str, sku: str, location: str) -> Line:
        """The line of an order at a location, new if need be, to be written."""
        found = self.lines.setdefault((order_id, sku, location), Line(order_id, sku, location))
        return self.touch(found)

    def touch(self, line: Line) -> Line:
        """Note that a line has changed."""
        self._touched.add((line.order_id, line.sku, line.location))
        return line

    def reservation(self, order_id: str, expires_at: datetime) -> Reservation:
        """What an order has, SKU by SKU, over all locations."""
        dates = {sku: stock.expected_date for sku, stock in self.stocks.items()}
        lines = [line for line in self.lines.values() if line.order_id == order_id]
        return reservation_of(order_id, expires_at, lines, dates)

    def close(self, *, for_order: str = "") -> None:
        """Write everything, and announce what others should know. for_order: who may have taken stock to its low."""
        marks = [mark for sku, stock in self.stocks.items() if (mark := self._mark(sku, stock, for_order))]
        writing.write([
            *writing.new_levels([(sku, self.stocks[sku].shelves[location]) for sku, location in sorted(self._opened)]),
            *writing.levels([moved for moved in self.moved if (moved.sku, moved.location) not in self._opened]),
            *writing.items(marks, self.now),
            *writing.reservations([(order_id, *settled) for order_id, settled in self.settled.items()]),
            *writing.lines([self.lines[key] for key in sorted(self._touched)]),
            *writing.movements(self.moved, self.now),
        ])

    def _mark(self, sku: str, stock: Stock, for_order: str) -> tuple[Any, ...] | None:
        """What changes in the row of the SKU: its backorders, its sequence, whether it is low."""
        tells, was_low = self._tell(sku, stock), stock.is_low
        stock.is_low = stock.firm <= stock.low_stock_threshold and (was_low or bool(for_order))
        if stock.is_low and not was_low:
            publish(StockRanLow(
                sku=sku, available=stock.shown().available, threshold=stock.low_stock_threshold, order_id=for_order
            ))
        arriving = sum([moved.backordered for moved in self.moved if moved.sku == sku])
        if tells or arriving or stock.is_low != was_low:
            return (sku, arriving, int(tells), int(stock.is_low) if stock.is_low != was_low else -1)
        return None

    def _tell(self, sku: str, stock: Stock) -> bool:
        shown = stock.shown()
        if not is_worth_telling(self._shown.get(sku), shown, threshold=stock.low_stock_threshold):
            return False
        stock.sequence += 1
        publish(AvailabilityChanged(
            sku=sku, available=shown.available, backorderable=shown.backorderable, band=shown.band,
            sequence=stock.sequence, expected_date=shown.expected_date,
        ))
        return True



def _counting(moved: Moved, units: int, status: str) -> Moved:
    if moved.location == TO_ARRIVE:
        return moved._replace(backordered=units)
    return moved._replace(allocated=units) if status == "consumed" else moved._replace(reserved=units)


def reservation_of(
    order_id: str, expires_at: datetime, lines: Iterable[Line], dates: Mapping[str, date | None]
) -> Reservation:
    """The lines of an order as other modules see them. dates: when further units of a SKU are expected."""
    held: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for line in lines:
        if line.held:
            held[line.sku][0] += line.held
            held[line.sku][1] += line.held if line.location == TO_ARRIVE else 0
    reserved = [
        ReservedLine(
            sku=sku, quantity=quantity, backordered=waiting, expected_date=dates.get(sku) if waiting else None
        )
        for sku, (quantity, waiting) in sorted(held.items())
    ]
    return Reservation(order_id=order_id, expires_at=expires_at, lines=tuple(reserved))


def present(order_id: str, expires_at: datetime) -> Reservation:
    """What an order has, read without a lock."""
    lines = store.lines_of([order_id])
    waiting = [line.sku for line in lines if line.held and line.location == TO_ARRIVE]
    return reservation_of(order_id, expires_at, lines, store.expected_dates(waiting) if waiting else {})
