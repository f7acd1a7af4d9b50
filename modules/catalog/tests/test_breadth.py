"""A broad category is read in another way than a small one, and shows the same."""

from collections.abc import Iterator

import pytest
from django.db import connections

from modules.catalog import breadth
from modules.catalog.tests.goods import mug, put, variant
from storefront.testing.statements import counted
from storefront.testing.world import World

COLOURS = ("red", "blue", "green", "white", "black")


@pytest.fixture
def shelf(world: World) -> Iterator[None]:
    """Five mugs in a kitchen, each dearer than the one before."""
    for dearer, colour in enumerate(COLOURS):
        put(world, mug(colour, variants=(variant(f"{colour.upper()}-MUG-S", size="S", eur=1_400 + 100 * dearer),)))
    breadth.forget()
    yield
    breadth.forget()


def pages(world: World, query: str) -> list[list[str]]:
    """The slugs of every page of two products."""
    found, target = [], f"/api/v1/products?{query}&limit=2"
    while target:
        page = world.client.get(target).json()
        found.append([card["slug"] for card in page["data"]])
        target = page["next"]
    return found


@pytest.mark.usefixtures("shelf")
class TestBreadth:
    @pytest.mark.parametrize("category", ["kitchen", "mugs", "kitchen/mugs", "garden"])
    @pytest.mark.parametrize("sort", ["newest", "price", "-price", "title"])
    def test_changes_no_page(
        self, world: World, monkeypatch: pytest.MonkeyPatch, category: str, sort: str
    ) -> None:
        narrow = pages(world, f"category={category}&sort={sort}")

        monkeypatch.setattr("modules.catalog.browsing.is_broad", lambda _key: True)

        assert pages(world, f"category={category}&sort={sort}") == narrow

    @pytest.mark.postgresql
    def test_is_asked_once_in_a_while(self, world: World) -> None:
        with counted() as first:
            pages(world, "category=mugs")
        with counted() as later:
            pages(world, "category=mugs")

        assert len(first) == len(later) + 1

    @pytest.mark.postgresql
    def test_is_known_of_what_holds_most_of_an_analysed_catalogue(self, world: World) -> None:
        with connections["catalog"].cursor() as cursor:
            cursor.execute("UPDATE pg_class SET reltuples = 2 WHERE oid = 'catalog_product'::regclass")

        assert breadth.is_broad("slug::mugs")
        assert not breadth.is_broad("slug::pans")
