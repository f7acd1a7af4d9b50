"""Catalog: what other modules may ask of products and prices.

Prices are `Money` in minor units, per sellable unit. Weights are whole grams.
"""

from storefront.interface import Interface, Key, NotFound, Refusal, Value, command, query
from storefront.money import Money


class Option(Value):
    """One choice that makes a variant: size, L."""

    name: str
    value: str


class Quote(Value):
    """What a SKU is and costs at this moment; to be copied, not referred to."""

    sku: str
    product_id: str
    variant_id: str
    title: str  # the product's
    options: tuple[Option, ...]
    unit_price: Money
    price_includes_tax: bool
    tax_class: str  # standard, reduced, zero
    weight_g: int
    requires_shipping: bool
    image_url: str = ""


class PriceChange(Value):
    """A new price of a SKU."""

    sku: str
    price: Money


class NotPriced(Refusal):
    """The SKU exists but has no price in this currency."""

    code = "catalog.not_priced"
    message = "{sku} has no price in {currency}."
    sku: str
    currency: str


class Catalog(Interface, module="catalog", version=1):
    """Products, variants, prices, and their availability as last heard."""

    @query(timeout=0.5)
    def quotes(self, *, skus: tuple[str, ...], currency: str) -> tuple[Quote, ...]:
        """What is on sale under these SKUs, priced in `currency`; SKUs not on sale, or not priced in it, are left out."""

    @command(timeout=2.0, refuses=(NotFound,))
    def change_prices(self, *, key: Key, changes: tuple[PriceChange, ...]) -> int:
        """Set prices of existing SKUs, in the currency that each names. Returns how many differed."""

    @command(timeout=2.0, refuses=(NotFound,))
    def publish_product(self, *, key: Key, product_id: str) -> None:
        """Put a draft or archived product on sale."""

    @command(timeout=2.0, refuses=(NotFound,))
    def archive_product(self, *, key: Key, product_id: str) -> None:
        """Take a product off sale; orders keep their copies."""
