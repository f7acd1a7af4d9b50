"""Stock over HTTP, for machines with a key."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from modules.inventory.tests.conftest import StockRoom
from storefront.rest.keys import mint

Ask = Callable[..., Any]


@pytest.fixture
def ask(stock: StockRoom) -> Ask:
    _, key = mint(name="ERP", scopes=["stock:read", "stock:write"])

    def send(method: str, path: str, body: Any = None, **headers: str) -> Any:
        return stock.world.client.generic(
            method, f"/api/v1/{path}", _json(body), content_type="application/json",
            headers={
                "Authorization": f"Bearer {key}", **{name.replace("_", "-"): text for name, text in headers.items()}
            },
        )

    stock.receive("RED-MUG", 5)
    stock.receive("RED-MUG", 3, "hamburg")
    stock.receive("BLUE-MUG", 2)
    return send


def _json(body: Any) -> bytes:
    return b"" if body is None else msgspec.json.encode(body)


class TestList:
    def test_pages_through_all_levels(self, ask: Ask) -> None:
        first = ask("GET", "stock?limit=2&count=true").json()
        second = ask("GET", first["next"].removeprefix("/api/v1/")).json()
        back = ask("GET", second["previous"].removeprefix("/api/v1/")).json()

        places = [(level["sku"], level["location"]) for level in first["data"] + second["data"]]
        assert places == [("BLUE-MUG", "berlin"), ("RED-MUG", "berlin"), ("RED-MUG", "hamburg")]
        assert (first["count"], second["next"], back["data"]) == (3, None, first["data"])

    def test_filters_by_sku_and_location(self, ask: Ask) -> None:
        levels = ask("GET", "stock?sku=RED-MUG&sku=BLUE-MUG&location=hamburg").json()["data"]

        assert levels == [{
            "sku": "RED-MUG", "location": "hamburg", "on_hand": 3, "allocated": 0, "reserved": 0, "available": 3,
            "version": 1,
        }]

    def test_is_not_for_everybody(self, ask: Ask, stock: StockRoom) -> None:
        assert stock.world.client.get("/api/v1/stock").status_code == 401


class TestDetail:
    def test_shows_a_level_with_its_version(self, ask: Ask) -> None:
        answer = ask("GET", "stock/RED-MUG/berlin")

        assert (answer.status_code, answer["ETag"], answer.json()["available"]) == (200, '"1"', 5)

    def test_of_an_unknown_level_is_not_found(self, ask: Ask) -> None:
        assert ask("GET", "stock/RED-MUG/oslo").status_code == 404
        assert ask("PATCH", "stock/GHOST-MUG/oslo", {"on_hand": 1}, If_Match="*").status_code == 404

    def test_is_counted_by_who_read_it(self, ask: Ask) -> None:
        answer = ask("PATCH", "stock/RED-MUG/berlin", {"on_hand": 7, "reason": "year end"}, If_Match='"1"')

        assert (answer.status_code, answer["ETag"], answer.json()["on_hand"]) == (200, '"2"', 7)

    def test_is_not_counted_blindly(self, ask: Ask) -> None:
        assert ask("PATCH", "stock/RED-MUG/berlin", {"on_hand": 7}).status_code == 428

    def test_is_not_counted_if_it_moved(self, ask: Ask, stock: StockRoom) -> None:
        stock.reserve("ord_1", RED_MUG=1)

        answer = ask("PATCH", "stock/RED-MUG/berlin", {"on_hand": 7}, If_Match='"1"')

        assert (answer.status_code, answer.json()["code"]) == (412, "inventory.stock_changed")
        assert stock.level("RED-MUG").on_hand == 5

    def test_is_counted_once_by_who_asks_twice_whatever_its_version_is(self, ask: Ask, stock: StockRoom) -> None:
        first, again = (
            ask("PATCH", "stock/RED-MUG/berlin", {"on_hand": 7}, If_Match="*", Idempotency_Key="count-1")
            for _ in range(2)
        )

        assert (first.status_code, first.json()) == (again.status_code, again.json())
        assert (stock.level("RED-MUG").on_hand, stock.level("RED-MUG").version) == (7, 2)

    def test_keeps_promises(self, ask: Ask, stock: StockRoom) -> None:
        stock.reserve("ord_1", RED_MUG=1)

        answer = ask("PATCH", "stock/RED-MUG/berlin", {"on_hand": 0}, If_Match="*")

        assert (answer.status_code, answer.json()["promised"]) == (409, 1)

    @pytest.mark.parametrize("body", [{"on_hand": -1}, {"on_hand": "7"}, {"on_hand": 7, "extra": 1}, {}, []])
    def test_refuses_other_bodies(self, ask: Ask, body: Any) -> None:
        assert ask("PATCH", "stock/RED-MUG/berlin", body, If_Match='"1"').status_code == 422


class TestAdjustments:
    BODY = {"sku": "RED-MUG", "location": "berlin", "change": -2, "reason": "broken"}

    def test_happen_once_per_key(self, ask: Ask, stock: StockRoom) -> None:
        answers = [ask("POST", "stock/adjustments", self.BODY, Idempotency_Key="a") for _ in range(2)]

        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[0].json() == answers[1].json()
        assert answers[1]["Idempotent-Replayed"] == "true"
        assert stock.level("RED-MUG").on_hand == 3

    def test_need_a_key(self, ask: Ask, stock: StockRoom) -> None:
        assert ask("POST", "stock/adjustments", self.BODY).status_code == 400
        assert stock.level("RED-MUG").on_hand == 5

    def test_refuse_another_body_under_a_key(self, ask: Ask) -> None:
        ask("POST", "stock/adjustments", self.BODY, Idempotency_Key="a")

        answer = ask("POST", "stock/adjustments", self.BODY | {"change": 1}, Idempotency_Key="a")

        assert answer.status_code == 422

    def test_need_the_scope(self, stock: StockRoom) -> None:
        _, key = mint(name="Reader", scopes=["stock:read"])

        answer = stock.world.client.post(
            "/api/v1/stock/adjustments", self.BODY, content_type="application/json",
            headers={"Authorization": f"Bearer {key}", "Idempotency-Key": "a"},
        )

        assert answer.status_code == 403
