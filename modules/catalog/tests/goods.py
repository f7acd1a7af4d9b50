"""Memorable goods for the tests."""

from typing import Any

from modules.catalog.interface import (
    AttributeInput,
    Catalog,
    Option,
    PriceInput,
    ProductInput,
    StoredProduct,
    VariantInput,
)
from modules.inventory.events import AvailabilityChanged
from modules.inventory.interface import Band
from storefront.database.unit import unit_of_work
from storefront.interface import connect
from storefront.money import Money
from storefront.testing.world import World


def variant(sku: str, *, size: str = "", eur: int = 1_400, usd: int | None = None, **more: Any) -> VariantInput:
    """A variant that costs `eur` cents, tax included."""
    prices = [PriceInput(price=Money(eur, "EUR"), includes_tax=True)]
    if usd is not None:
        prices.append(PriceInput(price=Money(usd, "USD"), includes_tax=False))
    options = (Option(name="Size", value=size),) if size else ()
    return VariantInput(sku=sku, options=options, prices=tuple(prices), **more)


def mug(colour: str = "red", **changes: Any) -> ProductInput:
    """A mug of that colour, in S and L, on sale."""
    name = colour.upper()
    wanted: dict[str, Any] = {
        "handle": f"{colour}-mug", "title": f"{colour.capitalize()} mug", "status": "active",
        "description": f"<p>A {colour} mug for <b>tea</b>.</p>", "vendor": "Havelhof Pottery", "product_type": "Mug",
        "categories": (("Kitchen", "Mugs"),), "attributes": (AttributeInput(code="colour", value=colour),),
        "variants": (
            variant(f"{name}-MUG-S", size="S", eur=1_400, usd=1_550), variant(f"{name}-MUG-L", size="L", eur=1_800),
        ),
    }
    return ProductInput(**wanted | changes)


def put(world: World, product: ProductInput) -> StoredProduct:
    """Have the product in the catalogue."""
    return connect(Catalog).put_product(key=world.key(), product=product)


def announce(sku: str, band: Band, *, sequence: int = 1, **more: Any) -> None:
    """Inventory says this of a SKU, and the catalogue has heard it."""
    from modules.catalog.handlers import keep_availability

    facts: dict[str, Any] = {"available": 0 if band == "out_of_stock" else 5, "backorderable": 0} | more
    with unit_of_work("catalog"):
        keep_availability(AvailabilityChanged(sku=sku, band=band, sequence=sequence, **facts))
