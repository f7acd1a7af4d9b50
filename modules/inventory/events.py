"""Inventory: facts about stock."""

from datetime import date

from modules.inventory.interface import Band
from storefront.events import Event


class AvailabilityChanged(Event, type="inventory.availability_changed", version=1, subject="sku"):
    """What may be promised of a SKU is in another band, or went up or down near an edge."""

    sku: str
    available: int
    backorderable: int
    band: Band
    sequence: int  # rises with each change of the SKU: a reader keeps the highest
    expected_date: date | None = None


class StockRanLow(Event, type="inventory.stock_ran_low", version=1, subject="sku"):
    """An order took a SKU to its low-stock threshold or below."""

    sku: str
    available: int
    threshold: int
    order_id: str


class ReservationExpired(Event, type="inventory.reservation_expired", version=1, subject="order_id"):
    """Stock held for an order went back on sale because its time was over."""

    order_id: str


class BackorderFilled(Event, type="inventory.backorder_filled", version=1, subject="order_id"):
    """Units that a placed order waited for have arrived and are allocated to it."""

    order_id: str
    sku: str
    quantity: int
    location: str
