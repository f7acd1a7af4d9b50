"""Inventory's own books: counters against movements, movements against reservations."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import connections

from modules.inventory.store import MODULE, instant_in
from storefront import clock

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


def audit() -> Iterator[str]:
    """One sentence per defect."""
    for sku, location, *numbers in _rows(_LEVELS_MOVED):
        yield f"{sku} at {location}: {_counters(numbers[:3])}, but its movements add up to {_counters(numbers[3:])}."
    for sku, location, allocated, reserved, owned, held in _rows(_LEVELS_OWNED):
        yield (
            f"{sku} at {location}: {allocated} allocated and {reserved} reserved,"
            f" but orders own {owned} and hold {held}."
        )
    for sku, backordered, moved, held in _rows(_ITEMS):
        yield f"{sku}: {backordered} backordered, but movements say {moved} and reservations {held}."
    for order_id, sku, held, status in _rows(_LOST_LINES):
        yield f"Order {order_id}: a line holds {held} of {sku}, but the reservation is {status}."
    for sku, location in _rows(_LOST_MOVEMENTS):
        yield f"{sku} at {location}: has movements, but no level."
    for (order_id,) in _rows(_OVERDUE, [instant_in(clock.now() - GRACE)]):
        yield f"Order {order_id}: its reservation is over, but still held; is the background work running?"


def _counters(numbers: list[int]) -> str:
    on_hand, allocated, reserved = numbers
    return f"on hand {on_hand}, allocated {allocated}, reserved {reserved}"


def _rows(sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connections[MODULE].cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
