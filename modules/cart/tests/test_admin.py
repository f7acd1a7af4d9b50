"""The window on carts, and the audit of their books."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from modules.cart import limits, models
from modules.cart.audit import audit
from modules.cart.interface import Cart, CartView, WantedLine
from modules.cart.tests.market import TestMarket
from storefront.testing.world import World

PATH = "/admin/cart/cart/"


@pytest.fixture
def operator(world: World) -> Client:
    """Somebody of the staff."""
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("ada", "ada@example.com", "secret"))
    return client


@pytest.fixture
def carts_in_each_state(world: World, market: TestMarket, carts: Cart) -> dict[str, CartView]:
    """One active, one being paid for, one bought, one whose claim has expired."""
    wanted = (WantedLine(sku="RED-MUG", quantity=2), WantedLine(sku="TEAPOT", quantity=1))
    found = {
        state: carts.create(key=world.key(), currency="EUR", lines=wanted)
        for state in ("active", "completing", "completed", "given up")
    }
    carts.freeze(key=world.key(), cart_id=found["given up"].id, claim="ord_OLD")
    world.clock.advance(minutes=6)
    carts.freeze(key=world.key(), cart_id=found["completing"].id, claim="ord_NOW")
    carts.complete(key=world.key(), cart_id=found["completed"].id, claim="ord_DONE")
    return found


class TestAdmin:
    def test_lists_carts_with_their_sums(self, operator: Client, carts_in_each_state: dict[str, CartView]) -> None:
        page = operator.get(PATH).content.decode()

        assert all(cart.id in page for cart in carts_in_each_state.values())
        assert "65.00 EUR" in page

    @pytest.mark.parametrize(
        ("state", "shown"),
        [("active", {"active", "given up"}), ("completing", {"completing"}), ("completed", {"completed"})],
    )
    def test_filters_by_state(
        self, state: str, shown: set[str], operator: Client, carts_in_each_state: dict[str, CartView]
    ) -> None:
        page = operator.get(PATH, {"state": state}).content.decode()

        assert {name for name, cart in carts_in_each_state.items() if cart.id in page} == shown

    def test_finds_a_cart_by_its_order(self, operator: Client, carts_in_each_state: dict[str, CartView]) -> None:
        page = operator.get(PATH, {"q": "ord_DONE"}).content.decode()

        assert {name for name, cart in carts_in_each_state.items() if cart.id in page} == {"completed"}

    def test_shows_the_lines_of_a_cart(self, operator: Client, carts_in_each_state: dict[str, CartView]) -> None:
        cart = carts_in_each_state["completing"]

        page = operator.get(f"{PATH}{cart.id}/change/").content.decode()

        assert "RED-MUG" in page
        assert "25.00 EUR" in page
        assert "ord_NOW" in page

    def test_changes_nothing(self, operator: Client, carts_in_each_state: dict[str, CartView]) -> None:
        cart = carts_in_each_state["active"]

        answers = [
            operator.post(f"{PATH}{cart.id}/change/", {"currency": "USD"}).status_code,
            operator.post(f"{PATH}{cart.id}/delete/", {"post": "yes"}).status_code,
            operator.get(f"{PATH}add/").status_code,
        ]

        assert answers == [403, 403, 403]
        assert models.Cart.objects.get(id=cart.id).currency == "EUR"

    def test_asks_as_often_for_many_carts_as_for_few(
        self, operator: Client, carts_in_each_state: dict[str, CartView], world: World, carts: Cart
    ) -> None:
        with CaptureQueriesContext(connections["cart"]) as few:
            operator.get(PATH)
        for _ in range(5):
            carts.create(key=world.key(), currency="EUR", lines=(WantedLine(sku="RED-MUG", quantity=1),))

        with CaptureQueriesContext(connections["cart"]) as many:
            operator.get(PATH)

        assert len(many) == len(few)


class TestAudit:
    def test_finds_nothing_in_good_books(self, carts_in_each_state: dict[str, CartView]) -> None:
        assert list(audit()) == []

    @pytest.mark.parametrize(
        ("own", "sentence"),
        [
            ({"max_quantity": 1}, "holds 2 of RED-MUG; at most 1 are allowed"),
            ({"max_lines": 1}, "has 2 lines; at most 1 are allowed"),
        ],
    )
    def test_finds_what_exceeds_a_limit(
        self, own: dict[str, int], sentence: str, carts_in_each_state: dict[str, CartView], settings: Any
    ) -> None:
        settings.CART = own

        assert any(sentence in found for found in audit())

    @pytest.mark.parametrize(
        ("forged", "sentence"),
        [({"currency": "ZZZ"}, "'ZZZ', which is no currency"), ({"claim": "ord_UNDEAD"}, "was given up before")],
    )
    def test_finds_what_no_constraint_holds(
        self, forged: dict[str, str], sentence: str, carts_in_each_state: dict[str, CartView], world: World, carts: Cart
    ) -> None:
        cart_id = carts_in_each_state["active"].id
        carts.thaw(key=world.key(), cart_id=cart_id, claim="ord_UNDEAD")
        models.Cart.objects.filter(id=cart_id).update(**forged)

        assert any(sentence in found for found in audit())

    def test_finds_a_cart_older_than_its_birth(self, carts_in_each_state: dict[str, CartView]) -> None:
        row = models.Cart.objects.first()
        assert row
        models.Cart.objects.filter(id=row.id).update(updated_at=row.created_at - timedelta(days=1))

        assert any("before it was opened" in found for found in audit())


class TestLimits:
    def test_are_those_of_the_settings(self, settings: Any) -> None:
        settings.CART = {"max_lines": 7}

        assert (limits.limits().max_lines, limits.limits().max_quantity) == (7, 9_999)

    def test_refuse_a_setting_that_does_not_exist(self, settings: Any) -> None:
        settings.CART = {"max_line": 7}

        with pytest.raises(ValueError, match="max_line"):
            limits.limits()
