"""Holding stock for orders, on a ledger of locked stock: take, reclaim what is overdue, serve who waits."""

from collections.abc import Iterable, Mapping
from itertools import groupby

from modules.inventory import store
from modules.inventory.domain import TO_ARRIVE, route
from modules.inventory.interface import OutOfStock
from modules.inventory.ledger import Ledger
from modules.inventory.store import Line


def hold(ledger: Ledger, order_id: str, wanted: Mapping[str, int]) -> None:
    """Take `wanted` units per SKU for an order: all or none.

    :raises OutOfStock: for the first SKU, by name, that cannot be held
    """
    serve_waiting(ledger, wanted)
    short = {sku: units - ledger.stocks[sku].net for sku, units in wanted.items() if sku in ledger.stocks}
    reclaim(ledger, {sku: units for sku, units in short.items() if units > 0}, own=order_id)
    for sku in sorted(wanted):
        promisable = ledger.stocks[sku].promisable if sku in ledger.stocks else 0
        if promisable < wanted[sku]:
            raise OutOfStock(sku=sku, requested=wanted[sku], available=promisable)
    for sku, places in route(ledger.stocks, wanted).items():
        for location, units in places.items():
            ledger.take(order_id, sku, location, units)


def complete(ledger: Ledger, order_id: str, lines: Iterable[Line]) -> None:
    """Hold again what an order once held and lost, wherever it is now.

    :raises OutOfStock: for the first SKU, by name, that cannot be held
    """
    missing: dict[str, int] = {}
    for line in lines:
        if line.missing:
            missing[line.sku] = missing.get(line.sku, 0) + line.missing
            ledger.touch(line).quantity -= line.missing
    if missing:
        hold(ledger, order_id, missing)


def reclaim(ledger: Ledger, missing: Mapping[str, int], *, own: str = "") -> None:
    """Take so many units per SKU back from reservations that are overdue, before the sweep comes by.

    Not all that is overdue: after a rush that may be thousands of reservations, and one shopper waits for this.
    The reservations stay `held` until the sweep gives back their other lines, or their order holds these again.
    """
    for sku, units in missing.items():
        _take_back(ledger, sku, units, own=own)
    serve_waiting(ledger, missing)


def _take_back(ledger: Ledger, sku: str, units: int, *, own: str) -> None:
    """All that an order holds of the SKU, then the next one's, until there is enough."""
    most = units + len(ledger.stocks[sku].shelves)  # a unit a line at least, and the rest of the last order's
    overdue = ledger.know(store.seize_overdue_lines(sku, ledger.now, own=own, limit=most))
    for _, lines in groupby(overdue, key=lambda line: line.order_id):
        if units <= 0:
            return
        for line in lines:
            units -= line.held
            ledger.give_back(line, kind="expired")


def serve_waiting(ledger: Ledger, skus: Iterable[str]) -> None:
    """Give units that became free to those who were promised them before they were there."""
    for sku in skus:
        stock = ledger.stocks.get(sku)
        if stock and stock.backordered and stock.free:
            for line in ledger.know(store.waiting_lines(sku, ledger.now)):
                if line.location == TO_ARRIVE:
                    _serve(ledger, line)


def _serve(ledger: Ledger, line: Line) -> None:
    for shelf in sorted(ledger.stocks[line.sku].shelves.values(), key=lambda shelf: (shelf.priority, shelf.location)):
        units = min(shelf.free, line.held)
        if units > 0:
            ledger.fulfil(line, units, at=shelf.location)


def allocate(ledger: Ledger, line: Line) -> None:
    """What was held for an order becomes its own. Units to arrive are its own once they are there."""
    if line.held and line.location != TO_ARRIVE:
        ledger.allocate(line)
    line.status = "consumed"
