"""Problems: one shape for every error."""

import logging

import pytest
from django.db import DataError, InterfaceError, OperationalError

from storefront.calls.carrier import CommandFailed, QueryFailed
from storefront.interface import MalformedCall, Refusal
from storefront.rest.tests import bakery as toy
from storefront.rest.tests.asking import Asking, problem_in


class TestRefusal:
    def test_tells_its_code_its_sentence_and_its_facts(self, bakery: Asking) -> None:
        response = bakery.get("/api/v1/failures/burnt")

        told = problem_in(response, status=409, code="bakery.burnt")
        assert told["title"] == "Burnt cake"
        assert told["detail"] == "RED-CAKE: 3 minutes too long."
        assert (told["cake"], told["minutes"], told["price"]) == ("RED-CAKE", 3, {"amount": 1250, "currency": "EUR"})

    def test_has_the_status_that_its_face_gives(self, bakery: Asking) -> None:
        problem_in(bakery.get("/api/v1/failures/lost"), status=404, code="not_found")

    def test_never_lets_a_fact_hide_a_member(self, bakery: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
        class OddCake(Refusal):
            """Odd."""

            code = "bakery.odd"
            status = 402
            title: str = "mine"

        monkeypatch.setitem(toy.FAILURES, "odd", OddCake())

        assert problem_in(bakery.get("/api/v1/failures/odd"), status=402, code="bakery.odd")["title"] == "Odd cake"


class TestFailure:
    def test_that_certainly_did_nothing_invites_to_try_again(self, bakery: Asking) -> None:
        response = bakery.get("/api/v1/failures/shut")

        problem_in(response, status=503, code="unavailable")
        assert response.headers["Retry-After"] == "1"

    def test_of_unknown_outcome_asks_for_the_same_key(self, bakery: Asking) -> None:
        response = bakery.get("/api/v1/failures/unknown")

        told = problem_in(response, status=503, code="outcome_unknown")
        assert "same Idempotency-Key" in told["detail"]
        assert response.headers["Retry-After"] == "1"

    @pytest.mark.parametrize(("error", "code"), [(CommandFailed, "outcome_unknown"), (QueryFailed, "unavailable")])
    def test_of_a_process_that_was_called_is_told_by_what_it_did(
        self, bakery: Asking, monkeypatch: pytest.MonkeyPatch, error: type[Exception], code: str
    ) -> None:
        monkeypatch.setitem(toy.FAILURES, "elsewhere", error("secret detail of the mill"))

        response = bakery.get("/api/v1/failures/elsewhere")

        problem_in(response, status=503, code=code)
        assert b"secret" not in response.content

    @pytest.mark.parametrize("error", [OperationalError("secret: the server closed the connection"), InterfaceError()])
    def test_of_a_database_that_is_away_invites_to_try_again(
        self, bakery: Asking, monkeypatch: pytest.MonkeyPatch, error: Exception
    ) -> None:
        monkeypatch.setitem(toy.FAILURES, "away", error)

        response = bakery.get("/api/v1/failures/away")

        problem_in(response, status=503, code="unavailable")
        assert response.headers["Retry-After"] == "1"
        assert b"secret" not in response.content

    def test_that_nobody_foresaw_is_logged_and_tells_nothing(
        self, bakery: Asking, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.ERROR):
            response = bakery.get("/api/v1/failures/broken", x_request_id="req-9")

        problem_in(response, status=500, code="internal_error")
        assert b"secret" not in response.content
        assert "secret detail of the oven" in caplog.text

    @pytest.mark.parametrize(("error", "status", "code"), [
        (MalformedCall("cart.add_line: Expected `str`"), 422, "malformed_call"),
        (DataError("value too long"), 422, "invalid_value"),
    ])
    def test_of_a_shape_that_let_too_much_through_is_the_request_s(
        self, bakery: Asking, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: str
    ) -> None:
        monkeypatch.setitem(toy.FAILURES, "odd", error)

        problem_in(bakery.get("/api/v1/failures/odd"), status=status, code=code)


class TestPath:
    @pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/", "/api/v2/cakes", "/api/v1/cakes/", "/api/v1/%00"])
    def test_that_no_module_has_is_a_problem(self, bakery: Asking, path: str) -> None:
        problem_in(bakery.get(path), status=404, code="not_found")

    def test_with_a_nul_reaches_no_view(self, bakery: Asking) -> None:
        problem_in(bakery.get("/api/v1/cakes/a%00b"), status=404, code="not_found")
        problem_in(bakery.get("/api/v1/menus/a%00b"), status=404, code="not_found")

    def test_outside_the_api_keeps_django_s_page(self, bakery: Asking) -> None:
        response = bakery.get("/nothing")

        assert response.status_code == 404
        assert response.headers["Content-Type"].startswith("text/html")
