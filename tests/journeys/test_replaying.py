"""A projection that was lost is rebuilt from history, byte for byte."""

from django.apps import apps

from storefront.audit import findings
from storefront.events.replay import replay
from storefront.testing.world import World
from tests.journeys.shop import Shopper, shelve


class TestReplay:
    def test_gives_the_catalogue_its_availability_back(self, world: World) -> None:
        shelve(world, "RED-MUG-L", on_hand=2)
        shelve(world, "BLUE-MUG", on_hand=0)
        Shopper().buy(("RED-MUG-L", 2))
        world.settle()
        before = Shopper().get("products?limit=100").json()["data"]
        assert {product["availability"] for product in before} == {"out_of_stock"}

        apps.get_model("catalog", "Availability").objects.all().delete()
        replay("inventory", "catalog")
        world.settle()

        assert Shopper().get("products?limit=100").json()["data"] == before
        assert list(findings()) == []
