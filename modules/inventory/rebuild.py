"""Counters from movements, should they ever differ."""

from django.db import connections, transaction

from modules.inventory.store import MODULE

_LEVELS = """
UPDATE inventory_level SET version = version + 1,
    on_hand = (SELECT COALESCE(SUM(m.on_hand), 0) FROM inventory_movement m
               WHERE m.sku = inventory_level.sku AND m.location = inventory_level.location),
    allocated = (SELECT COALESCE(SUM(m.allocated), 0) FROM inventory_movement m
                 WHERE m.sku = inventory_level.sku AND m.location = inventory_level.location),
    reserved = (SELECT COALESCE(SUM(m.reserved), 0) FROM inventory_movement m
                WHERE m.sku = inventory_level.sku AND m.location = inventory_level.location)
"""
_ITEMS = """
UPDATE inventory_stockitem SET backordered = (
    SELECT COALESCE(SUM(m.backordered), 0) FROM inventory_movement m WHERE m.sku = inventory_stockitem.sku)
"""


def rebuild() -> None:
    """Set all counters to the sums of their movements. No stock moves meanwhile: every SKU is locked first."""
    with transaction.atomic(using=MODULE), connections[MODULE].cursor() as cursor:
        if connections[MODULE].vendor == "postgresql":
            cursor.execute("SELECT 1 FROM inventory_stockitem ORDER BY sku FOR NO KEY UPDATE")
        cursor.execute(_LEVELS)
        cursor.execute(_ITEMS)


def recount_sku(sku: str) -> None:
    """The same of one SKU, which is locked, in the transaction at hand."""
    with connections[MODULE].cursor() as cursor:
        cursor.execute(f"{_LEVELS} WHERE sku = %s", [sku])
        cursor.execute(f"{_ITEMS} WHERE sku = %s", [sku])
