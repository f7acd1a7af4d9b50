"""Inventory's own books: counters against movements, movements against reservations.

Movements are the truth: they are only ever added to. Counters and what lines hold are sums of them.
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import connections

from modules.inventory import mending
from modules.inventory.store import MODULE, instant_in
from modules.inventory.tasks import expire_reservations
from storefront import clock
from storefront.audit import Finding
from storefront.database.unit import unit_of_work

GRACE = timedelta(minutes=5)
"""How long after its end a reservation may wait for the sweep, which runs each minute."""

_LEVELS_MOVED = """
SELECT l.sku, l.location, l.on_hand, l.allocated, l.reserved,
       COALESCE(m.on_hand, 0), COALESCE(m.allocated, 0), COALESCE(m.reserved, 0)
FROM inventory_level l LEFT JOIN (
    SELECT sku, location, SUM(on_hand) AS on_hand, SUM(allocated) AS allocated, SUM(reserved) AS reserved
    FROM inventory_movement GROUP BY sku, location) m ON m.sku = l.sku AND m.location = l.location
WHERE l.on_hand <> COALESCE(m.on_hand, 0) OR l.allocated <> COALESCE(m.allocated, 0)
   OR l.reserved <> COALESCE(m.reserved, 0)
ORDER BY l.sku, l.location
"""
_LEVELS_OWNED = """
SELECT l.sku, l.location, l.allocated, l.reserved, COALESCE(o.allocated, 0), COALESCE(o.reserved, 0)
FROM inventory_level l LEFT JOIN (
    SELECT line.sku, line.location, SUM(CASE r.status WHEN 'consumed' THEN line.held ELSE 0 END) AS allocated,
           SUM(CASE r.status WHEN 'held' THEN line.held ELSE 0 END) AS reserved
    FROM inventory_reservationline line JOIN inventory_reservation r ON r.order_id = line.order_id
    GROUP BY line.sku, line.location) o ON o.sku = l.sku AND o.location = l.location
WHERE l.allocated <> COALESCE(o.allocated, 0) OR l.reserved <> COALESCE(o.reserved, 0)
ORDER BY l.sku, l.location
"""
_ITEMS = """
SELECT i.sku, i.backordered, COALESCE(m.moved, 0), COALESCE(o.held, 0)
FROM inventory_stockitem i
LEFT JOIN (SELECT sku, SUM(backordered) AS moved FROM inventory_movement GROUP BY sku) m ON m.sku = i.sku
LEFT JOIN (SELECT sku, SUM(held) AS held FROM inventory_reservationline WHERE location = '' GROUP BY sku) o
       ON o.sku = i.sku
WHERE i.backordered <> COALESCE(m.moved, 0) OR i.backordered <> COALESCE(o.held, 0)
ORDER BY i.sku
"""
_BELOW_ZERO = """
SELECT sku, location, SUM(on_hand), SUM(allocated), SUM(reserved), SUM(backordered) FROM inventory_movement
GROUP BY sku, location
HAVING SUM(on_hand) < SUM(allocated) + SUM(reserved) OR SUM(allocated) < 0 OR SUM(reserved) < 0 OR SUM(backordered) < 0
ORDER BY sku, location
"""
_LINES_MOVED = """
SELECT line.order_id, line.sku, line.location, line.held, line.shipped, COALESCE(m.held, 0), COALESCE(m.shipped, 0)
FROM inventory_reservationline line LEFT JOIN (
    SELECT order_id, sku, location, SUM(allocated + reserved + backordered) AS held,
           SUM(CASE kind WHEN 'shipped' THEN -on_hand ELSE 0 END) AS shipped
    FROM inventory_movement WHERE order_id <> '' GROUP BY order_id, sku, location) m
  ON m.order_id = line.order_id AND m.sku = line.sku AND m.location = line.location
WHERE line.held <> COALESCE(m.held, 0) OR line.shipped <> COALESCE(m.shipped, 0)
ORDER BY line.order_id, line.sku, line.location
"""
_MOVED_FOR_NO_LINE = """
SELECT m.order_id, m.sku, m.location, SUM(m.allocated + m.reserved + m.backordered)
FROM inventory_movement m LEFT JOIN inventory_reservationline line
  ON line.order_id = m.order_id AND line.sku = m.sku AND line.location = m.location
WHERE m.order_id <> '' AND line.order_id IS NULL
GROUP BY m.order_id, m.sku, m.location HAVING SUM(m.allocated + m.reserved + m.backordered) <> 0
ORDER BY m.order_id, m.sku, m.location
"""
_LOST_LINES = """
SELECT line.order_id, line.sku, line.held, COALESCE(r.status, 'missing')
FROM inventory_reservationline line LEFT JOIN inventory_reservation r ON r.order_id = line.order_id
WHERE r.order_id IS NULL OR (line.held > 0 AND r.status NOT IN ('held', 'consumed'))
ORDER BY line.order_id, line.sku
"""
_LOST_MOVEMENTS = """
SELECT DISTINCT m.sku, m.location FROM inventory_movement m
LEFT JOIN inventory_level l ON l.sku = m.sku AND l.location = m.location
WHERE m.location <> '' AND l.sku IS NULL ORDER BY m.sku, m.location
"""
_OVERDUE = "SELECT order_id FROM inventory_reservation WHERE status = 'held' AND expires_at <= %s ORDER BY order_id"


def audit() -> Iterator[Finding]:
    """One sentence per defect."""
    yield from _movements()
    yield from _levels()
    yield from _lines()
    for (order_id,) in _rows(_OVERDUE, [instant_in(clock.now() - GRACE)]):
        yield Finding(
            f"Order {order_id}: its reservation is over, but still held; is the background work running?",
            code="inventory.held_past_expiry", about=order_id, repair=_sweep,
        )


def _movements() -> Iterator[Finding]:
    for sku, location, *sums in _rows(_BELOW_ZERO):
        yield Finding(
            f"{sku} at {_place(location)}: its movements add up to {_counters(sums)} and {sums[3]} to arrive.",
            code="inventory.below_zero", about=f"{sku}@{location}",
            remedy="Count the shelf, and adjust the level with the reason.",
        )
    for sku, location in _rows(_LOST_MOVEMENTS):
        yield Finding(
            f"{sku} at {location}: has movements, but no level.",
            code="inventory.movements_without_level", about=f"{sku}@{location}",
            repair=partial(mending.open_level, sku, location),
        )


def _levels() -> Iterator[Finding]:
    for sku, location, *numbers in _rows(_LEVELS_MOVED):
        yield Finding(
            f"{sku} at {location}: {_counters(numbers[:3])}, but its movements add up to {_counters(numbers[3:])}.",
            code="inventory.level_differs_from_movements", about=f"{sku}@{location}",
            repair=partial(mending.recount, sku),
        )
    for sku, location, allocated, reserved, owned, held in _rows(_LEVELS_OWNED):
        yield Finding(
            f"{sku} at {location}: {allocated} allocated and {reserved} reserved,"
            f" but orders own {owned} and hold {held}.",
            code="inventory.level_differs_from_orders", about=f"{sku}@{location}",
            remedy="The lines, reservations or movements named beside it are the cause.",
        )
    for sku, backordered, moved, held in _rows(_ITEMS):
        yield Finding(
            f"{sku}: {backordered} backordered, but movements say {moved} and reservations {held}.",
            code="inventory.backorder_differs", about=sku, repair=partial(mending.recount, sku),
        )


def _lines() -> Iterator[Finding]:
    for order_id, sku, location, held, shipped, moved, left in _rows(_LINES_MOVED):
        yield Finding(
            f"Order {order_id}: its line holds {held} and shipped {shipped} of {sku} at {_place(location)},"
            f" but its movements say {moved} and {left}.",
            code="inventory.line_differs_from_movements", about=f"{order_id} {sku}@{location}",
            repair=partial(mending.rewrite_line, order_id, sku, location),
        )
    for order_id, sku, location, moved in _rows(_MOVED_FOR_NO_LINE):
        yield Finding(
            f"Order {order_id}: its movements took {moved} of {sku} at {_place(location)}, but it has no line.",
            code="inventory.movements_without_line", about=f"{order_id} {sku}@{location}",
            repair=partial(mending.write_line, order_id, sku, location),
        )
    for order_id, sku, held, status in _rows(_LOST_LINES):
        is_orphan = status == "missing"
        yield Finding(
            f"Order {order_id}: a line holds {held} of {sku}, but the reservation is {status}.",
            code="inventory.line_without_reservation" if is_orphan else "inventory.ended_reservation_holds",
            about=f"{order_id} {sku}",
            repair=partial(mending.open_reservation if is_orphan else mending.give_back, order_id),
        )


def _sweep() -> str:
    with unit_of_work(MODULE) as unit:
        unit.now = clock.now()
        count = expire_reservations(unit.now)
    return f"The sweep gave back {count} reservations that are over."


def _place(location: str) -> str:
    return location or "no shelf yet"


def _counters(numbers: list[int]) -> str:
    on_hand, allocated, reserved = numbers[:3]
    return f"on hand {on_hand}, allocated {allocated}, reserved {reserved}"


def _rows(sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connections[MODULE].cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
