"""A market in a test's hand: stands in for catalog and inventory."""

from typing import NoReturn

from modules.catalog.interface import Catalog, Quote
from modules.inventory.interface import Availability, Band, Inventory
from storefront.interface import Unavailable
from storefront.money import Money
from storefront.testing.fake import FakeCarrier
from storefront.testing.world import World


class TestMarket:
    """Prices in minor units of EUR, and bands of availability; both may fall silent."""

    __test__ = False

    def __init__(self, world: World) -> None:
        self.prices: dict[str, int] = {}
        self.bands: dict[str, Band] = {}
        self.is_catalog_silent = self.is_inventory_silent = False
        self.catalog: FakeCarrier = world.fake(Catalog, quotes=self._quotes)
        self.inventory: FakeCarrier = world.fake(Inventory, availability=self._availability)

    def sell(self, sku: str, price: int, *, band: Band = "in_stock") -> None:
        """Offer a SKU, or change its price."""
        self.prices[sku] = price
        self.bands[sku] = band

    def withdraw(self, sku: str) -> None:
        """The SKU leaves the catalogue."""
        del self.prices[sku]

    def _quotes(self, skus: tuple[str, ...], currency: str) -> tuple[Quote, ...]:
        if self.is_catalog_silent:
            self._be_silent()
        return tuple(
            Quote(
                sku=sku, product_id=f"prd_{sku}", variant_id=f"var_{sku}", title=sku.replace("-", " ").capitalize(),
                options=(), unit_price=Money(self.prices[sku], currency), price_includes_tax=True,
                tax_class="standard", weight_g=300, requires_shipping=True,
            )
            for sku in skus
            if sku in self.prices and currency == "EUR"
        )

    def _availability(self, skus: tuple[str, ...]) -> tuple[Availability, ...]:
        if self.is_inventory_silent:
            self._be_silent()
        return tuple(
            Availability(sku=sku, available=5, backorderable=0, band=self.bands[sku])
            for sku in skus
            if sku in self.bands
        )

    def _be_silent(self) -> NoReturn:
        raise Unavailable("Nobody answers.")
