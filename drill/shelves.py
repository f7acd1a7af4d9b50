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
    from storefront.background import work_once
    from storefront.topology import modules_here

    for number in range(kinds):
        shelve(sku(number), on_hand=ON_HAND)
    while work_once(modules_here()):
        pass


def shelve(name: str, *, on_hand: int, price: int = 1250) -> None:
    """One kind of mug of that SKU, so many units of it in Berlin. price: minor units of EUR."""
    from modules.catalog.interface import Catalog, PriceInput, ProductInput, VariantInput
    from modules.inventory.interface import Inventory, OpeningLevel
    from storefront.interface import connect
    from storefront.money import Money

    prices = (PriceInput(price=Money(price, "EUR"), includes_tax=True),)
    variant = VariantInput(sku=name, options=(), weight_g=400, prices=prices)
    product = ProductInput(
        handle=name.lower(), title=name.replace("-", " ").capitalize(), variants=(variant,), status="active",
        categories=(("Kitchen", "Mugs"),),
    )
    connect(Catalog).put_product(key=f"drill:{name}", product=product)
    level = OpeningLevel(sku=name, location="BER", on_hand=on_hand)
    connect(Inventory).open_levels(key=f"drill:{name}", levels=(level,))


if __name__ == "__main__":
    django.setup()
    fill(int(sys.argv[1]))
