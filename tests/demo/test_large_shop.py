"""A large made-up shop is complete when the command ends, and the same command adds nothing to it."""

from io import StringIO

from django.core.management import call_command
from django.db import connections

from modules.catalog.models import Availability, Product
from modules.inventory.interface import Inventory
from storefront.interface import connect
from storefront.testing.world import World
from storefront.topology import modules_here

PRODUCTS = 300
CURATED = 60


def seed() -> str:
    said = StringIO()
    call_command("seed", products=PRODUCTS, stdout=said)
    return said.getvalue()


def due() -> dict[str, int]:
    found = {}
    for module in modules_here():
        with connections[module].cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {module}_delivery")
            found[module] = cursor.fetchone()[0]
    return {module: count for module, count in found.items() if count}


class TestALargeShop:
    def test_is_heard_of_everywhere_when_the_command_ends(self, committed_world: World) -> None:
        assert f"{PRODUCTS} products: {PRODUCTS} new" in seed()

        shown = Availability.objects.filter(sku__startswith="MADE-")
        skus = tuple(shown.values_list("sku", flat=True))
        promised = {found.sku: found.available for found in connect(Inventory).availability(skus=skus[:500])}
        assert len(skus) == 2 * PRODUCTS
        assert {found.sku: found.available for found in shown if found.sku in promised} == promised
        assert due() == {}
        call_command("audit", stdout=StringIO())  # it would exit with 1

    def test_is_made_once(self, committed_world: World) -> None:
        seed()

        assert f"{PRODUCTS} products: 0 new" in seed()
        assert Product.objects.count() == CURATED + PRODUCTS
