"""Writes of a ledger: each table is one statement, and on PostgreSQL all of them are one."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connections

from modules.inventory.domain import Moved, Shelf, Stock
from modules.inventory.interface import OpeningLevel
from modules.inventory.store import MODULE, Line, day_in, instant_in
from storefront.database.unit import vendor
from storefront.database.writing import rows_of

Statement = tuple[str, list[Any]]

_LEVELS = """
WITH d (sku, location, on_hand, allocated, reserved) AS ({rows})
UPDATE inventory_level AS l SET on_hand = l.on_hand + d.on_hand, allocated = l.allocated + d.allocated,
    reserved = l.reserved + d.reserved, version = l.version + 1
FROM d WHERE l.sku = d.sku AND l.location = d.location
"""
_NEW_LEVELS = """
INSERT INTO inventory_level (sku, location, on_hand, allocated, reserved, version) {rows}
"""
_LOCATIONS = """
INSERT INTO inventory_location (code, name, priority) {rows} ON CONFLICT (code) DO NOTHING
"""
_NEW_ITEMS = """
INSERT INTO inventory_stockitem
    (sku, low_stock_threshold, backorder_limit, expected_date, backordered, sequence) {rows}
ON CONFLICT (sku) DO NOTHING
"""
_ITEMS = """
WITH d (sku, backordered, told, low) AS ({rows})
UPDATE inventory_stockitem AS i SET backordered = i.backordered + d.backordered, sequence = i.sequence + d.told,
    low_since = CASE d.low WHEN 1 THEN %s WHEN 0 THEN NULL ELSE i.low_since END
FROM d WHERE i.sku = d.sku
"""
_RESERVATIONS = """
WITH d (order_id, status, expires_at, has_backorder) AS ({rows})
UPDATE inventory_reservation AS r SET status = d.status, expires_at = d.expires_at, has_backorder = d.has_backorder
FROM d WHERE r.order_id = d.order_id
"""
_LINES = """
INSERT INTO inventory_reservationline (order_id, sku, location, quantity, held, shipped) {rows}
ON CONFLICT (order_id, sku, location)
DO UPDATE SET quantity = excluded.quantity, held = excluded.held, shipped = excluded.shipped
"""
_MOVEMENTS = """
INSERT INTO inventory_movement
    (sku, location, kind, on_hand, allocated, reserved, backordered, order_id, reason, actor, at) {rows}
"""


def levels(moved: Iterable[Moved]) -> list[Statement]:
    """The counters of shelves, changed by the sum of their movements."""
    sums: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in moved:
        if one.location:
            counters = sums[one.sku, one.location]
            counters[0] += one.on_hand
            counters[1] += one.allocated
            counters[2] += one.reserved
    return _over(_LEVELS, [(*place, *counters) for place, counters in sorted(sums.items())])


def new_levels(shelves: Iterable[tuple[str, Shelf]]) -> list[Statement]:
    """Levels that did not exist."""
    rows = [
        (sku, shelf.location, shelf.on_hand, shelf.allocated, shelf.reserved, shelf.version) for sku, shelf in shelves
    ]
    return _over(_NEW_LEVELS, rows)


def locations(codes: Iterable[str]) -> list[Statement]:
    """Places that nobody has described yet are named by their code."""
    return _over(_LOCATIONS, [(code, code, 100) for code in codes])


def new_items(levels: Iterable[OpeningLevel]) -> list[Statement]:
    """SKUs and their policies; those that are known keep theirs."""
    rows = [
        (level.sku, level.low_stock_threshold, level.backorder_limit, day_in(level.expected_date), 0, 0)
        for level in levels
    ]
    return _over(_NEW_ITEMS, rows)


def policy(stock: Stock) -> list[Statement]:
    """How a SKU is sold when little or nothing is left."""
    sql = (
        "UPDATE inventory_stockitem SET low_stock_threshold = %s, backorder_limit = %s, expected_date = %s"
        " WHERE sku = %s"
    )
    return [(sql, [stock.low_stock_threshold, stock.backorder_limit, day_in(stock.expected_date), stock.sku])]


def items(marks: Sequence[tuple[Any, ...]], now: datetime) -> list[Statement]:
    """Rows of SKUs: (sku, change of backordered, 1 if announced, 1 low, 0 no longer, -1 as before)."""
    return [(sql, [*parameters, instant_in(now)]) for sql, parameters in _over(_ITEMS, marks)]


def reservations(rows: Iterable[tuple[str, str, datetime, bool]]) -> list[Statement]:
    """Where reservations stand."""
    return _over(_RESERVATIONS, [(row[0], row[1], instant_in(row[2]), row[3]) for row in rows])


def lines(changed: Iterable[Line]) -> list[Statement]:
    """Lines of reservations, new and changed."""
    rows = [(line.order_id, line.sku, line.location, line.quantity, line.held, line.shipped) for line in changed]
    return _over(_LINES, rows)


def movements(moved: Iterable[Moved], now: datetime) -> list[Statement]:
    """The log."""
    at = instant_in(now)
    rows = [
        (*one[:3], one.on_hand, one.allocated, one.reserved, one.backordered, one.order_id, one.reason, one.actor, at)
        for one in moved
    ]
    return _over(_MOVEMENTS, rows)


def _over(sql: str, rows: Sequence[Sequence[Any]]) -> list[Statement]:
    if not rows:
        return []
    given, parameters = rows_of(MODULE, rows)
    return [(sql.format(rows=given), parameters)]


def write(statements: Sequence[Statement]) -> None:
    """Carry the statements out: as parts of one on PostgreSQL, one after the other on SQLite."""
    if vendor(MODULE) == "postgresql" and len(statements) > 1:
        parts = [f"part{number} AS ({sql})" for number, (sql, _) in enumerate(statements)]
        whole = f"WITH {', '.join(parts)} SELECT 1"
        statements = [(whole, [value for _, parameters in statements for value in parameters])]
    with connections[MODULE].cursor() as cursor:
        for sql, parameters in statements:
            cursor.execute(sql, parameters)
