"""What catalog and inventory said about SKUs, when they were asked."""

from collections.abc import Mapping

import msgspec

from modules.catalog.interface import Quote

UNKNOWN = "unknown"
UNAVAILABLE = "unavailable"
OUT_OF_STOCK = "out_of_stock"


class Market(msgspec.Struct, frozen=True):
    """Quotes and availability of the SKUs that were asked for; None where nobody answered."""

    currency: str
    asked: frozenset[str] = frozenset()
    quotes: Mapping[str, Quote] | None = None
    bands: Mapping[str, str] | None = None

    def quote(self, sku: str) -> Quote | None:
        """Today's quote; None if there is none, or none is known."""
        return self.quotes.get(sku) if self.quotes is not None else None

    def is_gone(self, sku: str) -> bool:
        """Whether catalog has answered, and does not sell this SKU."""
        return self.quotes is not None and sku in self.asked and sku not in self.quotes

    def availability(self, sku: str) -> str:
        """Inventory's band. A SKU that inventory has never seen is out of stock; one not on sale is unavailable."""
        if self.is_gone(sku):
            return UNAVAILABLE
        if self.bands is None or sku not in self.asked:
            return UNKNOWN
        return self.bands.get(sku, OUT_OF_STOCK)
