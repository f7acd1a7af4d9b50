"""The public paths of cart."""

from typing import Any

import pytest
from django.test import Client

from modules.cart.interface import Cart
from modules.cart.tests.market import TestMarket
from storefront.interface import connect
from storefront.testing.world import World

MUGS = {"currency": "EUR", "lines": [{"sku": "RED-MUG", "quantity": 2}]}


class Shopper:
    """Speaks JSON."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """`If_Match="..."` becomes a header."""
        sent = {f"HTTP_{name.upper()}": text for name, text in headers.items()}
        if body is not None:
            sent["content_type"] = "application/json"
        return self.client.generic(
            method, f"/api/v1/carts{path}", self._json(body) if body is not None else b"", **sent  # type: ignore[arg-type]
        )

    def open(self, **changed: Any) -> Any:
        """A cart with two red mugs."""
        return self.send("POST", "", MUGS | changed).json()

    def _json(self, body: Any) -> bytes:
        import msgspec

        return body if isinstance(body, bytes) else msgspec.json.encode(body)


@pytest.fixture
def shopper(world: World, market: TestMarket) -> Shopper:
    """Somebody with a browser."""
    return Shopper(world.client)


def problem(response: Any) -> tuple[int, str]:
    assert response.headers["Content-Type"] == "application/problem+json"
    return response.status_code, response.json()["code"]


class TestOpening:
    def test_answers_with_the_cart_its_version_and_its_path(self, shopper: Shopper) -> None:
        response = shopper.send("POST", "", MUGS | {"metadata": {"gift": "yes"}})

        cart = response.json()
        assert response.status_code == 201
        assert (response["ETag"], response["Location"]) == ('"1"', f"/api/v1/carts/{cart['id']}")
        assert cart["id"].startswith("crt_")
        assert cart["metadata"] == {"gift": "yes"}
        [line] = cart["lines"]
        assert {**line, "id": ""} == {
            "id": "", "sku": "RED-MUG", "title": "Red mug", "quantity": 2, "availability": "in_stock",
            "unit_price": {"amount": 1250, "currency": "EUR"}, "total": {"amount": 2500, "currency": "EUR"},
            "drifted_from": None,
        }
        zero, sum_ = {"amount": 0, "currency": "EUR"}, {"amount": 2500, "currency": "EUR"}
        assert cart["totals"] == {"subtotal": sum_, "discount": zero, "tax": zero, "total": sum_}

    def test_needs_no_lines(self, shopper: Shopper) -> None:
        response = shopper.send("POST", "", {"currency": "JPY"})

        assert response.json()["totals"]["total"] == {"amount": 0, "currency": "JPY"}

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({}, "/currency"),
            ({"currency": "eur"}, "/currency"),
            ({"currency": "EUR", "lines": [{"sku": "RED-MUG", "quantity": 0}]}, "/lines/0/quantity"),
            ({"currency": "EUR", "lines": [{"sku": "RED-MUG", "quantity": 10_000}]}, "/lines/0/quantity"),
            ({"currency": "EUR", "lines": [{"sku": "RED-MUG", "quantity": "2"}]}, "/lines/0/quantity"),
            ({"currency": "EUR", "lines": [{"sku": "RED-MUG", "unit_price": 1}]}, "/lines/0/unit_price"),
            ({"currency": "EUR", "lines": [{"quantity": 1}]}, "/lines/0/sku"),
            ({"currency": "EUR", "lines": [{"sku": ""}]}, "/lines/0/sku"),
            ({"currency": "EUR", "lines": [{"sku": "RED-MUG"}] * 101}, "/lines"),
            ({"currency": "EUR", "metadata": {str(number): "x" for number in range(51)}}, "/metadata"),
            ({"currency": "EUR", "metadata": {"note": 1}}, "/metadata"),
            ({"currency": "EUR", "metadata": {"note": "a\0b"}}, "/metadata"),
            ({"currency": "EUR", "metadata": ["note"]}, "/metadata"),
            ({"currency": "EUR", "colour": "red"}, "/colour"),
        ],
    )
    def test_points_to_what_has_another_shape(self, shopper: Shopper, body: Any, pointer: str) -> None:
        response = shopper.send("POST", "", body)

        assert problem(response) == (422, "invalid_body")
        assert response.json()["errors"][0]["pointer"].startswith(pointer)

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"currency": "ZZZ"}, "cart.no_such_currency"),
            ({"currency": "EUR", "lines": [{"sku": "GHOST"}]}, "cart.not_for_sale"),
            ({"currency": "EUR", "lines": [{"sku": "RED-MUG", "quantity": 9_999}] * 2}, "cart.too_many"),
        ],
    )
    def test_tells_what_cannot_be_done(self, shopper: Shopper, body: Any, code: str) -> None:
        assert problem(shopper.send("POST", "", body)) == (422, code)

    def test_twice_with_one_key_opens_one_cart(self, shopper: Shopper) -> None:
        first, second = (shopper.send("POST", "", MUGS, idempotency_key="open-1") for _ in range(2))

        assert first.json() == second.json()
        assert second["Idempotent-Replayed"] == "true"

    def test_says_that_nothing_was_done_while_catalog_is_away(self, shopper: Shopper, market: TestMarket) -> None:
        market.is_catalog_silent = True

        assert problem(shopper.send("POST", "", MUGS)) == (503, "unavailable")


class TestReading:
    def test_shows_the_cart_and_its_version(self, shopper: Shopper) -> None:
        cart = shopper.open()

        response = shopper.send("GET", f"/{cart['id']}")

        assert (response.status_code, response.json(), response["ETag"]) == (200, cart, '"1"')
        assert response["Cache-Control"] == "no-store"

    def test_never_hides_a_new_price_behind_the_version(self, shopper: Shopper, market: TestMarket) -> None:
        cart = shopper.open()
        market.sell("RED-MUG", 1400)

        response = shopper.send("GET", f"/{cart['id']}", if_none_match='"1"')

        assert response.json()["lines"][0]["drifted_from"] == {"amount": 1250, "currency": "EUR"}

    @pytest.mark.parametrize("cart_id", ["crt_NOBODY", "%00", "1", "x" * 500, "%F0%9F%92%A9", "crt_%27--"])
    def test_knows_nothing_of_other_ids(self, shopper: Shopper, cart_id: str) -> None:
        assert problem(shopper.send("GET", f"/{cart_id}")) == (404, "not_found")

    def test_lists_no_carts(self, shopper: Shopper) -> None:
        assert problem(shopper.send("GET", "")) == (405, "method_not_allowed")


class TestChanging:
    def test_adds_a_line(self, shopper: Shopper) -> None:
        cart = shopper.open()

        response = shopper.send("POST", f"/{cart['id']}/lines", {"sku": "TEAPOT", "quantity": 1})

        assert (response.status_code, response["ETag"]) == (201, '"2"')
        assert [line["sku"] for line in response.json()["lines"]] == ["RED-MUG", "TEAPOT"]

    def test_sets_a_quantity(self, shopper: Shopper) -> None:
        cart = shopper.open()

        response = shopper.send("PATCH", f"/{cart['id']}/lines/{cart['lines'][0]['id']}", {"quantity": 5})

        assert response.status_code == 200
        assert response.json()["totals"]["total"]["amount"] == 6250

    def test_takes_a_line_out(self, shopper: Shopper) -> None:
        cart = shopper.open()

        response = shopper.send("DELETE", f"/{cart['id']}/lines/{cart['lines'][0]['id']}")

        assert (response.status_code, response.json()["lines"], response["ETag"]) == (200, [], '"2"')

    def test_replaces_the_metadata(self, shopper: Shopper) -> None:
        cart = shopper.open(metadata={"gift": "yes"})

        response = shopper.send("PATCH", f"/{cart['id']}", {"metadata": {"note": "ring twice"}})

        assert (response.status_code, response.json()["metadata"]) == (200, {"note": "ring twice"})

    def test_deletes_the_cart(self, shopper: Shopper) -> None:
        cart = shopper.open()

        response = shopper.send("DELETE", f"/{cart['id']}")

        assert response.status_code == 204
        assert problem(shopper.send("GET", f"/{cart['id']}")) == (404, "not_found")

    def test_refuses_an_old_version(self, shopper: Shopper) -> None:
        cart = shopper.open()
        shopper.send("POST", f"/{cart['id']}/lines", {"sku": "TEAPOT"}, if_match='"1"')

        response = shopper.send("POST", f"/{cart['id']}/lines", {"sku": "TEAPOT"}, if_match='"1"')

        assert problem(response) == (412, "cart.changed")
        assert (response.json()["version"], response.json()["expected"]) == (2, 1)

    @pytest.mark.parametrize(("method", "body"), [("PATCH", {"quantity": 1}), ("DELETE", None)])
    def test_knows_nothing_of_other_lines(self, shopper: Shopper, method: str, body: Any) -> None:
        mine, other = shopper.open(), shopper.open()

        response = shopper.send(method, f"/{mine['id']}/lines/{other['lines'][0]['id']}", body)

        assert problem(response) == (404, "not_found")
        assert shopper.send("GET", f"/{other['id']}").json() == other

    def test_refuses_a_cart_that_is_being_paid_for(self, shopper: Shopper, world: World) -> None:
        cart = shopper.open()
        connect(Cart).freeze(key=world.key(), cart_id=cart["id"], claim="ord_MINE")

        response = shopper.send("DELETE", f"/{cart['id']}")

        assert problem(response) == (409, "cart.completing")
        assert shopper.send("GET", f"/{cart['id']}").json()["is_completing"]

    def test_refuses_a_cart_that_was_bought(self, shopper: Shopper, world: World) -> None:
        cart = shopper.open()
        connect(Cart).complete(key=world.key(), cart_id=cart["id"], claim="ord_MINE")

        assert problem(shopper.send("POST", f"/{cart['id']}/lines", {"sku": "TEAPOT"})) == (409, "cart.completed")
