"""Catalog: facts about products."""

from storefront.events import Event
from storefront.money import Money


class ProductPublished(Event, type="catalog.product_published", version=1, subject="product_id"):
    """A product went on sale."""

    product_id: str
    slug: str
    skus: tuple[str, ...]


class ProductArchived(Event, type="catalog.product_archived", version=1, subject="product_id"):
    """A product was taken off sale."""

    product_id: str
    skus: tuple[str, ...]


class PriceChanged(Event, type="catalog.price_changed", version=1, subject="sku"):
    """A SKU costs something else from now on."""

    sku: str
    price: Money
