"""What the journey costs in SQL statements, over all modules and the platform's own books."""

import pytest
from django.db import connections

from storefront.testing.statements import Statements, counted
from storefront.testing.world import World
from tests.journeys.shop import Shopper, shelve

BUDGETS = {
    "postgresql": {"list": 2, "detail": 2, "add a line": 8, "complete": 40, "complete and settle": 60,
                   "tell machines outside": 9},
    "sqlite": {"list": 2, "detail": 2, "add a line": 10, "complete": 60, "complete and settle": 100,
               "tell machines outside": 12},
}
"""SQLite has no composite writes, so the embedded shop sends more and smaller ones. `webhooks`, which a shop may do
without, is counted for itself: three public facts follow an order."""


@pytest.fixture
def shopper(world: World) -> Shopper:
    shelve(world, "RED-MUG-L", on_hand=1000)
    shopper = Shopper()
    shopper.buy(("RED-MUG-L", 1))  # what a process reads once and keeps, such as rates and taxes
    world.settle()
    return shopper


def assert_within(statements: Statements, operation: str) -> None:
    """So many are in the budget of this database; if not, each is shown."""
    limit = BUDGETS[connections["checkout"].vendor][operation]
    assert len(statements) <= limit, f"{operation}: {len(statements)} statements, at most {limit}:\n{statements}"


class TestStatements:
    @pytest.mark.rival("vendure#226", "vendure#3225")
    def test_of_a_product_list(self, shopper: Shopper) -> None:
        with counted() as statements:
            assert shopper.get("products?category=kitchen&in_stock=true&sort=price").status_code == 200

        assert_within(statements, "list")

    def test_of_a_product_detail(self, shopper: Shopper) -> None:
        with counted() as statements:
            assert shopper.get("products/red-mug-l").status_code == 200

        assert_within(statements, "detail")

    @pytest.mark.rival("saleor#16750", "saleor#12365", "medusa#10751")
    def test_of_adding_a_line(self, shopper: Shopper) -> None:
        cart = shopper.cart()

        with counted() as statements:
            response = shopper.post(f"carts/{cart['id']}/lines", {"sku": "RED-MUG-L", "quantity": 1}, key="add-a-line")

        assert response.status_code == 201
        assert_within(statements, "add a line")

    @pytest.mark.rival("saleor#14857")
    def test_of_placing_an_order(self, shopper: Shopper, world: World) -> None:
        checkout = shopper.checkout(("RED-MUG-L", 1))

        with counted() as statements:
            assert shopper.complete(checkout).status_code == 201

        assert_within(statements, "complete")

    def test_of_an_order_with_all_that_follows(self, shopper: Shopper, world: World) -> None:
        checkout = shopper.checkout(("RED-MUG-L", 1))

        with counted() as statements:
            assert shopper.complete(checkout).status_code == 201
            world.settle_nudged()

        outward = Statements(each for each in statements if each[0] == "webhooks")
        assert_within(Statements(each for each in statements if each[0] != "webhooks"), "complete and settle")
        assert_within(outward, "tell machines outside")
