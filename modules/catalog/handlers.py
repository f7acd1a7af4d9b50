"""What the catalogue does when inventory announces something."""

from django.db import connections

from modules.catalog.domain import shown
from modules.catalog.listing import refresh_stock
from modules.inventory.events import AvailabilityChanged
from storefront.events import on

KEEP = """INSERT INTO catalog_availability
    (sku, available, backorderable, band, expected_date, shown, shown_before, sequence)
    VALUES (%s, %s, %s, %s, %s, %s, '', %s)
    ON CONFLICT (sku) DO UPDATE SET available = excluded.available, backorderable = excluded.backorderable,
        band = excluded.band, expected_date = excluded.expected_date, shown_before = catalog_availability.shown,
        shown = excluded.shown, sequence = excluded.sequence
    WHERE catalog_availability.sequence < excluded.sequence
    RETURNING shown_before"""
OWNER = "SELECT product_id FROM catalog_variant WHERE sku = %s"


@on(AvailabilityChanged)
def keep_availability(event: AvailabilityChanged) -> None:
    """Keep what is newest of each SKU; rebuild listings only where shoppers see a difference."""
    appearance = shown(event.band, event.expected_date)
    connection = connections["catalog"]
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [
            event.sku, event.available, event.backorderable, event.band,
            connection.ops.adapt_datefield_value(event.expected_date), appearance, event.sequence,
        ])
        row = cursor.fetchone()
        if row is None or row[0] == appearance:
            return
        cursor.execute(OWNER, [event.sku])
        owners = [product_id for (product_id,) in cursor.fetchall()]
    refresh_stock(owners)
