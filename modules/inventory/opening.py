"""First stock of SKUs, hundreds at a time."""

from collections.abc import Sequence
from datetime import datetime

from modules.inventory import store, writing
from modules.inventory.domain import Stock
from modules.inventory.holding import serve_waiting
from modules.inventory.interface import OpeningLevel
from modules.inventory.ledger import Ledger


def open_levels(levels: Sequence[OpeningLevel], *, now: datetime) -> int:
    """Receive first stock; locations and SKUs that are unknown are made, levels that exist stay as they are."""
    wanted = {(level.sku, level.location): level for level in reversed(levels)}  # of two for one place, the first
    policies = {level.sku: level for level in reversed(levels)}
    skus = sorted(policies)
    writing.write([
        *writing.locations(sorted({location for _, location in wanted})),
        *writing.new_items([policies[sku] for sku in skus]),
    ])
    ledger = Ledger(store.lock_stock(skus), now=now)
    fresh = [
        place for place in sorted(wanted)
        if place[0] not in ledger.stocks or place[1] not in ledger.stocks[place[0]].shelves
    ]
    for sku, location in fresh:
        stock = ledger.stocks.get(sku) or _unknown(policies[sku])
        ledger.open(stock, location, on_hand=wanted[sku, location].on_hand)
    serve_waiting(ledger, skus)
    ledger.close()
    return len(fresh)


def _unknown(level: OpeningLevel) -> Stock:
    return Stock(
        sku=level.sku, low_stock_threshold=level.low_stock_threshold, backorder_limit=level.backorder_limit,
        expected_date=level.expected_date, backordered=0, sequence=0, is_low=False,
    )
