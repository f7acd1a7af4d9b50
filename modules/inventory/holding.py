"""Holding stock for orders, on a ledger of locked stock: take, reclaim what is overdue, serve who waits."""

from collections.abc import Collection, Iterable, Mapping

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
    known = {sku: units for sku, units in wanted.items() if sku in ledger.stocks}
    short = [sku for sku, units in known.items() if ledger.stocks[sku].shown().available < units]
    if short:
        reclaim(ledger, short, own=order_id)
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


def reclaim(ledger: Ledger, skus: Collection[str], *, own: str = "") -> None:
    """Take SKUs back from reservations that are overdue, before the sweep comes by.

    The reservations stay `held` until the sweep gives back their other lines, or their order holds these again.
    """
    for line in ledger.know(store.seize_overdue_lines(skus, ledger.now, own=own)):
        ledger.give_back(line, kind="expired")
    serve_waiting(ledger, skus)


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
