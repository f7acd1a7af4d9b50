"""No route of the shop that nobody knows of: each is in the OpenAPI document, or in a short list that says why not."""

import re
from types import ModuleType

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path

from config import urls
from tests.edge.routes import UNDOCUMENTED, routes, undocumented
from tests.hostile.document import operations


def paths() -> set[str]:
    """Of the OpenAPI document."""
    return {operation.path for operation in operations().values()}


def planted_view(request: HttpRequest) -> HttpResponse:
    """What somebody left behind."""
    return HttpResponse("debug")


@pytest.mark.proves("S22")
class TestRoutes:
    def test_are_all_in_the_document_or_listed_with_a_reason(self) -> None:
        assert undocumented(paths()) == []

    @pytest.mark.parametrize("known", UNDOCUMENTED)
    def test_listed_are_there(self, known: str) -> None:
        assert any(re.fullmatch(known, route) for route in routes())

    @pytest.mark.parametrize("route", ["debug", "api/v1/dump", "api/v1/carts/<str:cart_id>/secret", "livez/all"])
    def test_one_that_nobody_documented_is_found(self, route: str) -> None:
        planted = ModuleType("planted_urls")
        planted.__dict__["urlpatterns"] = [path(route, planted_view), *urls.urlpatterns]

        with override_settings(ROOT_URLCONF=planted):
            assert undocumented(paths()) == [route]

    def test_an_operation_that_left_the_document_is_found(self) -> None:
        assert undocumented(paths() - {"/carts"}) == ["api/v1/carts"]
