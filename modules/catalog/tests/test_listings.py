"""What is stored ready, and what the shop front reads of it."""

from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from modules.catalog.audit import audit
from modules.catalog.interface import AttributeInput, Catalog, PriceChange
from modules.catalog.models import Availability, Category, Facet, Listing, Product, Slug
from modules.catalog.tests.goods import announce, mug, put, variant
from modules.inventory.events import AvailabilityChanged
from modules.inventory.interface import Band
from storefront.database.unit import unit_of_work
from storefront.interface import connect
from storefront.money import Money
from storefront.testing.world import World


def as_announced(*facts: tuple[str, int, Band]) -> tuple[tuple[str, int, Band], ...]:
    """SKU, sequence and band of each announcement."""
    return facts


def listed(world: World, query: str = "") -> dict[str, Any]:
    response = world.client.get(f"/api/v1/products?{query}")
    assert response.status_code == 200, response.content
    answer: dict[str, Any] = response.json()
    return answer


def slugs(world: World, query: str = "") -> list[str]:
    return [card["slug"] for card in listed(world, query)["data"]]


def shop(world: World) -> None:
    """Red, blue and green mugs at 14, 15 and 16 euros, and a desk."""
    for dearer, colour in enumerate(("red", "blue", "green")):
        small = variant(f"{colour.upper()}-MUG-S", size="S", eur=1_400 + 100 * dearer)
        put(world, mug(colour, variants=(small,)))
    put(
        world,
        mug(
            "oak",
            handle="oak-desk",
            title="Trestle desk",
            categories=(("Office", "Desks"),),
            product_type="Desk",
            description="<p>For café-style working.</p>",
            variants=(variant("OAK-DESK", eur=39_900),),
        ),
    )


class TestProductList:
    def test_shows_cards_of_what_is_on_sale(self, world: World) -> None:
        put(world, mug())
        put(world, mug("blue", status="draft"))

        page = listed(world)

        card = page["data"][0]
        assert (len(page["data"]), page["next"], page["previous"]) == (1, None, None)
        assert card["price"] == {"amount": 1_400, "currency": "EUR"}
        assert (card["slug"], card["availability"], card["image"]) == ("red-mug", "out_of_stock", None)

    def test_prices_in_the_currency_asked_for(self, world: World) -> None:
        shop(world)
        put(world, mug())

        page = listed(world, "currency=USD")

        assert [(card["slug"], card["price"]["amount"]) for card in page["data"]] == [("red-mug", 1_550)]
        assert page["data"][0]["price_includes_tax"] is False

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("category=kitchen", {"red-mug", "blue-mug", "green-mug"}),
            ("category=desks", {"oak-desk"}),
            ("category=office/desks", {"oak-desk"}),
            ("category=garden", set()),
            ("attribute=colour:red&attribute=colour:blue", {"red-mug", "blue-mug"}),
            ("attribute=colour:red&option=size:S", {"red-mug"}),
            ("attribute=colour:red&option=size:L", set()),
            ("min_price=1500&max_price=1600", {"blue-mug", "green-mug"}),
            ("in_stock=true", {"blue-mug"}),
            ("in_stock=false&category=kitchen", {"red-mug", "green-mug"}),
            ("search=mugs", {"red-mug", "blue-mug", "green-mug"}),
            ("search=red+mug", {"red-mug"}),
            ("search=cafe", {"oak-desk"}),
            ("search=CAF%C3%89", {"oak-desk"}),
            ("search=havel", {"red-mug", "blue-mug", "green-mug", "oak-desk"}),
            ("search=blue-mug-s", {"blue-mug"}),
            ("search=unicorn", set()),
            ("search=%22)%20OR%20*", set()),
            ("search=%27%3B--", set()),
        ],
    )
    def test_filters(self, world: World, query: str, found: set[str]) -> None:
        shop(world)
        announce("BLUE-MUG-S", "low_stock")

        assert set(slugs(world, query)) == found

    @pytest.mark.parametrize(
        ("sort", "order"),
        [
            ("price", ["red-mug", "blue-mug", "green-mug", "oak-desk"]),
            ("-price", ["oak-desk", "green-mug", "blue-mug", "red-mug"]),
            ("title", ["blue-mug", "green-mug", "red-mug", "oak-desk"]),
            ("newest", ["oak-desk", "green-mug", "blue-mug", "red-mug"]),
        ],
    )
    @pytest.mark.parametrize("limit", [1, 2, 3, 24])
    def test_sorts_and_pages_both_ways(self, world: World, sort: str, order: list[str], limit: int) -> None:
        shop(world)
        pages, address = [], f"/api/v1/products?sort={sort}&limit={limit}"

        while address:
            page = world.client.get(address).json()
            pages.append([card["slug"] for card in page["data"]])
            address, last = page["next"], page
        back = world.client.get(last["previous"]).json() if last["previous"] else None

        assert [slug for page in pages for slug in page] == order
        assert (back is None) == (len(pages) == 1)
        assert back is None or [card["slug"] for card in back["data"]] == pages[-2]

    def test_a_search_comes_best_match_first_and_pages(self, world: World) -> None:
        shop(world)
        put(world, mug("white", title="White cup", description="<p>Not a desk.</p>"))

        first = listed(world, "search=desk&limit=1")
        second = world.client.get(first["next"]).json()

        assert [page["data"][0]["slug"] for page in (first, second)] == ["oak-desk", "white-mug"]
        assert second["next"] is None

    def test_counts_facets_without_their_own_filter(self, world: World) -> None:
        shop(world)

        page = listed(world, "facets=true&count=true&attribute=colour:red&category=kitchen")

        facets = page["facets"]
        assert page["count"] == 1
        assert facets["attributes"] == [
            {
                "code": "colour",
                "name": "Colour",
                "values": [{"value": colour, "name": colour, "count": 1} for colour in ("blue", "green", "red")],
            }
        ]
        assert facets["options"][0]["values"] == [{"value": "S", "name": "S", "count": 1}]
        assert [(facet["value"], facet["name"]) for facet in facets["categories"]] == [
            ("kitchen", "Kitchen"),
            ("kitchen/mugs", "Mugs"),
        ]
        assert facets["price"]["highest"]["amount"] == 1_400

    @pytest.mark.parametrize(
        ("query", "statements"),
        [
            ("", 1),
            ("category=mugs&search=mug&in_stock=false&min_price=1&attribute=colour:red&sort=price", 1),
            ("facets=true&count=true&category=mugs&search=mug&option=size:S", 2),
            ("count=true", 2),
        ],
    )
    def test_takes_two_statements_at_most(self, world: World, query: str, statements: int) -> None:
        shop(world)
        listed(world, "search=mug")  # whether PostgreSQL knows trigrams is asked once per process

        with CaptureQueriesContext(connections["catalog"]) as asked:
            listed(world, query)

        assert len(asked) == statements

    @pytest.mark.parametrize(
        "query",
        [
            "limit=0",
            "limit=101",
            "sort=colour",
            "currency=XXX",
            "currency=eur",
            "min_price=-1",
            "min_price=cheap",
            "attribute=red",
            "surprise=1",
            "cursor=nonsense",
            "search=%00",
            "max_price=99999999999999999999",
        ],
    )
    def test_says_which_parameter_is_wrong(self, world: World, query: str) -> None:
        response = world.client.get(f"/api/v1/products?{query}")

        assert response.status_code in (400, 422)
        assert response.json()["errors"][0]["pointer"] == "?" + query.partition("=")[0]

    def test_answers_not_modified_while_nothing_changes(self, world: World) -> None:
        shop(world)
        tag = world.client.get("/api/v1/products").headers["ETag"]

        same = world.client.get("/api/v1/products", headers={"if-none-match": tag})
        announce("RED-MUG-S", "in_stock")
        other = world.client.get("/api/v1/products", headers={"if-none-match": tag})

        assert (same.status_code, other.status_code) == (304, 200)


class TestTypos:
    def test_find_what_resembles_where_the_database_knows_trigrams(self, world: World) -> None:
        shop(world)
        knows_trigrams = connections["catalog"].vendor == "postgresql"

        assert slugs(world, "search=red+mgu") == (["red-mug"] if knows_trigrams else [])


class TestProductDetail:
    def test_is_found_by_id_and_by_slug_in_one_statement(self, world: World) -> None:
        product_id = put(world, mug()).product_id

        with CaptureQueriesContext(connections["catalog"]) as asked:
            by_slug = world.client.get("/api/v1/products/red-mug")
            by_id = world.client.get(f"/api/v1/products/{product_id}")

        assert len(asked) == 2
        assert by_slug.json() == by_id.json()
        assert by_slug.headers["ETag"] == by_id.headers["ETag"]

    def test_tells_all_that_is_known(self, world: World) -> None:
        put(world, mug())
        announce("RED-MUG-L", "low_stock")

        detail = world.client.get("/api/v1/products/red-mug").json()

        assert detail["attributes"] == {"colour": "red"}
        assert detail["categories"] == [{"name": "Mugs", "slug": "mugs", "path": "kitchen/mugs"}]
        assert detail["options"] == [{"code": "size", "name": "Size", "values": ["S", "L"]}]
        assert detail["availability"] == "low_stock"
        assert [
            (found["sku"], found["options"], found["price"]["amount"], found["availability"])
            for found in detail["variants"]
        ] == [("RED-MUG-S", {"size": "S"}, 1_400, "out_of_stock"), ("RED-MUG-L", {"size": "L"}, 1_800, "low_stock")]

    @pytest.mark.parametrize("name", ["green-unicorn", "prd_ghost", "red-mug?currency=JPY"])
    def test_is_not_found_when_not_on_sale(self, world: World, name: str) -> None:
        put(world, mug())

        response = world.client.get(f"/api/v1/products/{name}")

        assert (response.status_code, response.json()["code"]) == (404, "not_found")

    def test_a_former_slug_leads_to_the_present_one(self, world: World) -> None:
        product_id = put(world, mug()).product_id
        Slug.objects.create(slug="crimson-mug", product_id=product_id)

        response = world.client.get("/api/v1/products/crimson-mug?currency=EUR")

        assert (response.status_code, response.headers["Location"]) == (301, "/api/v1/products/red-mug?currency=EUR")


class TestCategories:
    def test_are_a_tree_with_counts_in_one_statement(self, world: World) -> None:
        shop(world)

        with CaptureQueriesContext(connections["catalog"]) as asked:
            tree = world.client.get("/api/v1/categories").json()["data"]

        assert len(asked) == 1
        assert [(node["path"], node["products"]) for node in tree] == [("kitchen", 3), ("office", 1)]
        assert tree[0]["children"] == [
            {"name": "Mugs", "slug": "mugs", "path": "kitchen/mugs", "products": 3, "children": []}
        ]


class TestAvailability:
    def test_the_highest_sequence_wins_in_whatever_order_they_come(self, world: World) -> None:
        put(world, mug())

        announce("RED-MUG-S", "low_stock", sequence=7)
        announce("RED-MUG-S", "in_stock", sequence=6)

        assert Availability.objects.get().band == "low_stock"
        assert Listing.objects.get(currency="EUR").band == "low_stock"

    def test_rebuilds_listings_only_when_shoppers_see_a_difference(self, world: World) -> None:
        put(world, mug())
        announce("RED-MUG-S", "in_stock", sequence=1)

        with CaptureQueriesContext(connections["catalog"]) as asked:
            announce("RED-MUG-S", "in_stock", sequence=2, available=4)

        writes = [query["sql"] for query in asked if "catalog_listing" in query["sql"]]
        assert writes == []
        assert Availability.objects.get().available == 4

    def test_shows_when_what_is_backordered_will_come(self, world: World) -> None:
        from datetime import date

        put(world, mug())

        announce("RED-MUG-S", "backorder", sequence=1, backorderable=9, expected_date=date(2027, 1, 4))
        announce("RED-MUG-S", "backorder", sequence=2, backorderable=8, expected_date=date(2027, 2, 1))

        first = world.client.get("/api/v1/products/red-mug").json()["variants"][0]
        assert (first["availability"], first["expected_date"]) == ("backorder", "2027-02-01")

    def test_a_sku_may_be_known_to_inventory_before_the_catalogue(self, world: World) -> None:
        announce("RED-MUG-S", "in_stock")

        put(world, mug())

        assert slugs(world, "in_stock=true") == ["red-mug"]

    def test_is_rebuilt_from_what_inventory_announced(self, world: World) -> None:
        from modules.catalog.handlers import keep_availability

        history = [  # as inventory's outbox has it
            AvailabilityChanged(sku=sku, available=sequence, backorderable=0, band=band, sequence=sequence)
            for sku, sequence, band in as_announced(
                ("RED-MUG-S", 1, "in_stock"),
                ("RED-MUG-L", 1, "low_stock"),
                ("RED-MUG-S", 2, "low_stock"),
            )
        ]
        put(world, mug())

        def hear() -> list[tuple[Any, ...]]:
            for event in history:
                with unit_of_work("catalog"):
                    keep_availability(event)
            return sorted(Listing.objects.values_list("currency", "card", "detail", "etag"))

        before = hear()
        Availability.objects.all().delete()

        assert hear() == before
        assert list(audit()) == []


class TestAudit:
    def test_is_clean_after_every_kind_of_change(self, world: World) -> None:
        shop(world)
        announce("RED-MUG-S", "in_stock")
        connect(Catalog).change_prices(
            key=world.key(), changes=(PriceChange(sku="RED-MUG-S", price=Money(999, "EUR")),)
        )
        connect(Catalog).archive_product(key=world.key(), product_id=Product.objects.get(handle="blue-mug").id)
        put(world, mug("green", attributes=(AttributeInput(code="colour", value="lime"),)))

        assert list(audit()) == []

    @pytest.mark.parametrize(
        "harm",
        [
            lambda: Listing.objects.filter(slug="red-mug").update(card="{}"),
            lambda: Product.objects.filter(slug="red-mug").update(title="Pink mug"),
            lambda: Facet.objects.filter(value="red").delete(),
            lambda: Availability.objects.update(band="out_of_stock"),
            lambda: Category.objects.filter(slug="mugs").update(path="kitchen/cups"),
        ],
    )
    def test_finds_what_was_changed_behind_its_back(self, world: World, harm: Any) -> None:
        shop(world)
        announce("RED-MUG-S", "in_stock")

        harm()

        assert any(audit())
