"""Puts goods on the shelves of the drill's shop: `python -m drill.shelves KINDS`."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

ON_HAND = 9_000


def sku(number: int) -> str:
    """The SKU of a kind of mug."""
    return f"MUG-{number:03}"


def fill(kinds: int) -> None:
    """So many kinds of mugs, each with plenty in stock."""
    from modules.catalog.interface import Catalog, PriceInput, ProductInput, VariantInput
    from modules.inventory.interface import Inventory, OpeningLevel
    from storefront.background import work_once
    from storefront.interface import connect
    from storefront.money import Money
    from storefront.topology import modules_here

    price = PriceInput(price=Money(1250, "EUR"), includes_tax=True)
    for number in range(kinds):
        name = sku(number)
        variant = VariantInput(sku=name, options=(), weight_g=400, prices=(price,))
        product = ProductInput(
            handle=name.lower(), title=f"Mug {number}", variants=(variant,), status="active",
            categories=(("Kitchen", "Mugs"),),
        )
        connect(Catalog).put_product(key=f"drill:{name}", product=product)
        level = OpeningLevel(sku=name, location="BER", on_hand=ON_HAND)
        connect(Inventory).open_levels(key=f"drill:{name}", levels=(level,))
    while work_once(modules_here()):
        pass


if __name__ == "__main__":
    django.setup()
    fill(int(sys.argv[1]))
