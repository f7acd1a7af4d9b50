"""The judge sees what it is there to see: each kind of defect, planted."""

import json
import logging
from typing import Any

import pytest

from storefront.rest import keys
from tests.hostile.attack import Attack, spoilable
from tests.hostile.document import operations, validator_of
from tests.hostile.shop import Shop
from tests.hostile.sound import SOUND
from tests.hostile.verdict import Judge, complaints
from tests.hostile.wire import Reply, Request

log = logging.getLogger(__name__)

PROBLEM: dict[str, Any] = {
    "type": "/problems/invalid_body", "title": "Unprocessable", "status": 422, "detail": "No.", "code": "invalid_body",
    "request_id": "abc",
}


def attack(name: str = "POST /carts", *, must_refuse: bool = True) -> Attack:
    """An attack of no interest."""
    operation = operations()[name]
    return Attack("bodies", operation, "planted", spoilable(operation), must_refuse=must_refuse)


def problem(answered: int = 422, *, kind: str = "application/problem+json", **changes: Any) -> Reply:
    """A problem, in which something else stands."""
    told = {name: value for name, value in (PROBLEM | changes).items() if value is not None}
    return Reply(answered, {"Content-Type": kind, "X-Request-Id": "abc"}, json.dumps(told).encode())


class TestComplaints:
    def test_are_none_about_a_problem_in_order(self) -> None:
        assert complaints(attack(), problem()) == []

    @pytest.mark.parametrize("reply", [
        problem(500, status=500), problem(418, status=418), problem(201), problem(kind="text/html"), problem(code=None),
        problem(code="Invalid Body"), problem(code="internal_error"), problem(status=400), problem(request_id="other"),
        problem(detail=""), problem(title=None), problem(errors="none"), problem(detail='File "views.py", line 3'),
        problem(detail="SELECT id FROM cart_cart"), problem(401, status=401), problem(sku="object at 0x7f00"),
        Reply(422, {"Content-Type": "application/problem+json"}, b"<html>"),
        Reply(422, {"Content-Type": "application/problem+json", "X-Injected": "yes"}, problem().body),
    ])
    def test_tell_of_anything_else(self, reply: Reply) -> None:
        assert complaints(attack(), reply)


class TestJudge:
    def test_sees_a_row_that_has_changed(self, shop: Shop) -> None:
        judge = Judge(shop)

        keys.mint(name="Burglar", scopes=["stock:write"])

        assert judge.changes() == ["default.rest_apikey has changed"]
        assert judge.changes() == []

    def test_hears_an_error_in_the_log(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        def burn(self: Shop, request: Request) -> Reply:
            log.error("The roof is on fire.")
            return ask(self, request)

        judge, ask = Judge(shop), Shop.ask
        monkeypatch.setattr(Shop, "ask", burn)

        found = judge.try_out(attack("GET /products", must_refuse=False))

        assert len(found) == 1
        assert "The roof is on fire." in found[0]

    def test_sees_a_request_that_should_have_been_refused(self, shop: Shop) -> None:
        found = " ".join(Judge(shop).try_out(attack()))

        assert "201 is not expected here" in found
        assert "cart.cart_cart has changed" in found


class TestDocument:
    def test_closes_the_shapes_of_answers(self) -> None:
        validator = validator_of(operations()["GET /categories"], 200)

        assert validator.is_valid({"data": []})
        assert not validator.is_valid({"data": [], "secret": 1})

    def test_takes_a_dollar_for_the_very_end(self) -> None:
        operation = operations()["POST /carts"]

        assert operation.accepts(SOUND[operation.name].body)
        assert not operation.accepts(SOUND[operation.name].body | {"currency": "EUR\n"})
