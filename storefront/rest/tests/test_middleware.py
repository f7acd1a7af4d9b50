"""The id and the trace of a request; the lean stack of the API and the usual one of pages."""

import logging
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from storefront.rest.context import RequestFields
from storefront.rest.middleware import PAGE_MIDDLEWARE
from storefront.rest.tests.asking import Asking, problem_in
from storefront.telemetry.trace import current_traceparent

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class TestRequestId:
    def test_is_returned_as_it_came(self, bakery: Asking) -> None:
        assert bakery.get("/api/v1/cakes", x_request_id="req-1.2:3").headers["X-Request-Id"] == "req-1.2:3"

    @pytest.mark.parametrize("given", ["", "a b", "a" * 129, "<script>", "a\x00b", "é"])
    def test_that_is_not_sane_is_replaced(self, bakery: Asking, given: str) -> None:
        made = bakery.get("/api/v1/cakes", x_request_id=given).headers["X-Request-Id"]

        assert made != given
        assert len(made) == 32

    def test_stands_in_problems_and_logs(
        self, bakery: Asking, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.handler.addFilter(RequestFields())

        told = problem_in(bakery.get("/api/v1/failures/broken", x_request_id="req-9", traceparent=TRACE), status=500,
                          code="internal_error")

        assert told["request_id"] == "req-9"
        record: Any = next(r for r in caplog.records if r.name == "storefront.rest.problem")
        assert (record.request_id, record.trace_id) == ("req-9", TRACE[3:35])


class TestTrace:
    def test_of_the_client_goes_on_here(self, bakery: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[str] = []
        monkeypatch.setattr("storefront.rest.tests.bakery.read_query", lambda *_: seen.append(current_traceparent()))

        bakery.get("/api/v1/cakes", traceparent=TRACE)
        bakery.get("/api/v1/cakes", traceparent="00-garbage")

        assert seen[0] == TRACE
        assert len(seen[1]) == len(TRACE)
        assert seen[1] != TRACE


class TestContentLength:
    def test_is_told_so_that_no_body_goes_in_chunks(self, bakery: Asking) -> None:
        response = bakery.get("/api/v1/cakes/1")

        assert response.headers["Content-Length"] == str(len(response.content))

    def test_is_not_told_where_there_is_no_body(self, bakery: Asking) -> None:
        assert "Content-Length" not in bakery.send("/api/v1/cakes/1", method="DELETE").headers
        assert "Content-Length" not in bakery.get("/api/v1/cakes/1", if_none_match='"3"').headers


class TestLeanApi:
    def test_keeps_sessions_and_frames_away_from_the_api(self, bakery: Asking) -> None:
        response = bakery.get("/api/v1/cakes")

        assert "X-Frame-Options" not in response.headers
        assert not hasattr(response.wsgi_request, "session")

    def test_gives_pages_the_usual_stack(self, bakery: Asking) -> None:
        response = bakery.get("/shop")

        assert response.headers["X-Frame-Options"] == "DENY"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "X-Request-Id" in response.headers
        assert hasattr(response.wsgi_request, "session")

    def test_checks_csrf_on_pages(self, bakery: Asking) -> None:
        strict = Client(enforce_csrf_checks=True)

        assert strict.post("/shop").status_code == 403
        assert strict.post("/api/v1/cakes", {"name": "RED-CAKE"}, content_type="application/json").status_code == 201

    @pytest.mark.django_db(databases="__all__")
    def test_lets_an_operator_log_in(self, settings: Any) -> None:
        settings.ROOT_URLCONF = "storefront.rest.tests.admin_urls"
        User.objects.create_superuser("operator", password="RED-MUG")
        client = Client()

        entered = client.post("/admin/login/?next=/admin/", {"username": "operator", "password": "RED-MUG"})

        assert (entered.status_code, entered.headers["Location"]) == (302, "/admin/")
        assert client.get("/admin/").status_code == 200

    def test_names_middleware_that_there_is(self) -> None:
        assert "django.middleware.csrf.CsrfViewMiddleware" in PAGE_MIDDLEWARE

    def test_runs_every_hook_of_the_page_stack(self, bakery: Asking, settings: Any) -> None:
        settings.PAGE_MIDDLEWARE = ["storefront.rest.tests.test_middleware.Curious"]
        Curious.seen.clear()

        response = bakery.get("/shop")
        bakery.get("/api/v1/cakes")

        assert (Curious.seen, response.headers["X-Curious"]) == (["view", "response"], "yes")


class Curious:
    """A middleware that notes what it is asked."""

    seen: list[str] = []

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        response = self.get_response(request)
        self.seen.append("response")
        response.headers["X-Curious"] = "yes"
        return response

    def process_view(self, *_: Any) -> None:
        self.seen.append("view")


class TestRequestFields:
    def test_are_dashes_outside_of_requests(self) -> None:
        record: Any = logging.LogRecord("shop", logging.INFO, "", 1, "Open.", None, None)

        assert RequestFields().filter(record)
        assert (record.request_id, record.trace_id) == ("-", "-")
