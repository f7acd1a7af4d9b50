"""Goods for `python -m benchmarks hot`, put on sale by the shop's own commands. Run in the shop's environment."""

import argparse
import sys

import django

BATCH = 500


def put(prefix: str, *, kinds: int, units: int) -> None:
    """Put so many one-variant products on sale, with so many units of each."""
    from modules.catalog.interface import Catalog, PriceInput, ProductInput, VariantInput
    from modules.inventory.interface import Inventory, OpeningLevel
    from storefront.interface import connect
    from storefront.money import Money

    catalog, inventory = connect(Catalog), connect(Inventory)
    skus = [f"{prefix}-{number}" for number in range(kinds)]
    for sku in skus:
        price = PriceInput(price=Money(1250, "EUR"), includes_tax=True)
        variant = VariantInput(sku=sku, options=(), weight_g=400, prices=(price,))
        product = ProductInput(
            handle=sku.lower(), title=sku, variants=(variant,), status="active", categories=(("Kitchen", "Mugs"),)
        )
        catalog.put_product(key=f"hot:{sku}", product=product)
    for first in range(0, kinds, BATCH):
        levels = tuple(OpeningLevel(sku=sku, location="BER", on_hand=units) for sku in skus[first : first + BATCH])
        inventory.open_levels(key=f"hot:{prefix}:{first}", levels=levels)


def main() -> int:
    """From the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hot_goods", description=__doc__)
    parser.add_argument("prefix", help="of the SKUs: PREFIX-0, PREFIX-1, ...")
    parser.add_argument("--kinds", type=int, default=1)
    parser.add_argument("--units", type=int, default=1_000_000, help="of each")
    wanted = parser.parse_args()
    django.setup()
    put(wanted.prefix, kinds=wanted.kinds, units=wanted.units)
    return 0


if __name__ == "__main__":
    sys.exit(main())
