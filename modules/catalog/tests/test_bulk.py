"""Many products at once are the same products as one by one."""

from typing import Any

from modules.catalog import bulk
from modules.catalog.audit import audit
from modules.catalog.models import Listing, Product
from modules.catalog.tests.goods import announce, mug, put
from modules.inventory.interface import Availability
from storefront import clock
from storefront.testing.world import World


def shown() -> list[tuple[Any, ...]]:
    """What is listed, apart from what is new for each row."""
    return sorted(Listing.objects.values_list("slug", "currency", "title_key", "price_minor", "highest_minor", "band"))


class TestBulk:
    def test_lists_the_same_as_one_by_one(self, world: World) -> None:
        colours = ("red", "blue", "green")
        for colour in colours:
            put(world, mug(colour))
        announce("RED-MUG-S", "low_stock")
        one_by_one = shown()
        Product.objects.all().delete()
        promise = Availability(sku="RED-MUG-S", available=5, backorderable=0, band="low_stock")

        bulk.create([mug(colour) for colour in colours], promises=[promise], now=clock.now())

        assert shown() == one_by_one
        assert list(audit()) == []

    def test_importing_the_same_afterwards_changes_nothing(self, world: World) -> None:
        bulk.create([mug()], promises=[], now=clock.now())

        assert put(world, mug()).outcome == "unchanged"

    def test_what_inventory_announces_later_is_newer(self, world: World) -> None:
        promise = Availability(sku="RED-MUG-S", available=5, backorderable=0, band="in_stock")
        bulk.create([mug()], promises=[promise], now=clock.now())

        announce("RED-MUG-S", "out_of_stock", sequence=1)

        assert {band for *_, band in shown()} == {"out_of_stock"}
