"""The quantities of a file as first stock in inventory."""

from collections.abc import Iterable

from modules.catalog.importing.variant import Stock
from modules.inventory.interface import Inventory, OpeningLevel
from storefront.interface import connect

BATCH = 250


class Stocking:
    """Collects levels and opens them in batches. Levels that exist stay, so nothing is received twice."""

    def __init__(self, run: str, location: str | None) -> None:
        self._run, self._location = run, location
        self._waiting: list[OpeningLevel] = []
        self._opened = self._sent = 0

    def add(self, stock: Iterable[Stock]) -> None:
        """Note the stock of a product that is in the catalogue."""
        if self._location is None:
            return
        self._waiting += [
            OpeningLevel(
                sku=found.sku, location=self._location, on_hand=found.on_hand, backorder_limit=found.backorder_limit
            )
            for found in stock
        ]
        if len(self._waiting) >= BATCH:
            self._send()

    def finish(self) -> int:
        """Open what is left. Returns how many levels are new."""
        self._send()
        return self._opened

    def _send(self) -> None:
        for start in range(0, len(self._waiting), BATCH):
            levels = tuple(self._waiting[start : start + BATCH])
            self._sent += 1
            self._opened += connect(Inventory).open_levels(key=f"{self._run}:stock:{self._sent}", levels=levels)
        self._waiting.clear()
