"""The OpenAPI document and its page."""

import re
from typing import Any

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from storefront.rest import docs
from storefront.rest.tests import bakery as toy
from storefront.rest.tests.asking import Asking, content_of
from storefront.rest.view import ModuleView

generator: Any = SchemaGenerator
validate: Any = validate_schema


@pytest.fixture
def document(bakery: Asking) -> dict[str, Any]:
    """The document of the toy API."""
    docs._document.cache_clear()
    told: dict[str, Any] = bakery.get("/api/v1/openapi.json").json()
    docs._document.cache_clear()
    return told


def operation(document: dict[str, Any], path: str, method: str) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][f"/api/v1/{path}"][method]
    return found


def refs(operation: dict[str, Any]) -> set[str]:
    return {parameter["$ref"].rpartition("/")[2] for parameter in operation["parameters"] if "$ref" in parameter}


class TestDocument:
    def test_is_valid_and_written_without_a_warning(self, bakery: Asking) -> None:
        GENERATOR_STATS.reset()

        validate(generator().get_schema(public=True))

        assert not GENERATOR_STATS

    def test_is_openapi_3_1(self, document: dict[str, Any]) -> None:
        assert document["openapi"] == "3.1.0"
        assert document["info"]["title"] == "Storefront"

    def test_refers_only_to_what_it_has(self, document: dict[str, Any]) -> None:
        for reference in set(re.findall(r"'\$ref': '#/([^']+)'", str(document))):
            found: Any = document
            for step in reference.split("/"):
                found = found[step]
            assert found

    def test_names_every_operation_once(self, document: dict[str, Any]) -> None:
        names = [told["operationId"] for methods in document["paths"].values() for told in methods.values()]

        assert len(names) == len(set(names))
        assert {"cakes_list", "cakes_create", "cakes_retrieve", "cakes_change", "cakes_delete"} <= set(names)

    def test_shows_shapes_as_components(self, document: dict[str, Any]) -> None:
        cake = document["components"]["schemas"]["NewCake"]

        assert cake["additionalProperties"] is False
        assert cake["required"] == ["name"]
        assert "Money" in document["components"]["schemas"]

    def test_lists_the_problems_that_can_happen(self, document: dict[str, Any]) -> None:
        post = operation(document, "cakes", "post")
        patch = operation(document, "cakes/{cake_id}", "patch")

        assert set(post["responses"]) == {
            "201", "400", "401", "406", "409", "411", "413", "415", "422", "429", "503"
        }
        assert {"404", "412", "428"} <= set(patch["responses"])
        assert "`bakery.burnt`: The cake is burnt. Facts: `cake`, `minutes`, `price`." in str(post["responses"]["409"])

    def test_tells_scopes(self, document: dict[str, Any]) -> None:
        get = operation(document, "ledger", "get")

        assert get["security"] == [{"machineKey": ["orders:read"]}]
        assert {"401", "403"} <= set(get["responses"])
        assert "machineKey" in document["components"]["securitySchemes"]

    def test_tells_the_headers_that_are_read(self, document: dict[str, Any]) -> None:
        assert refs(operation(document, "pickings/{fruit}", "post")) == {"RequestId", "IdempotencyKeyRequired"}
        patch = operation(document, "cakes/{cake_id}", "patch")
        assert refs(patch) == {"RequestId", "IdempotencyKey", "IfMatchRequired"}
        assert refs(operation(document, "cakes/{cake_id}", "get")) == {"RequestId", "IfNoneMatch"}

    def test_tells_query_parameters_as_they_are_sent(self, document: dict[str, Any]) -> None:
        told = {p["name"]: p for p in operation(document, "cakes", "get")["parameters"] if p.get("in") == "query"}

        assert told["name"]["schema"] == {"type": "string"}
        assert told["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 100, "default": 24}
        assert told["tag"]["schema"]["type"] == "array"

    def test_tells_paths_as_strings(self, document: dict[str, Any]) -> None:
        path = operation(document, "cakes/{cake_id}", "get")["parameters"][0]

        assert path == {"name": "cake_id", "in": "path", "required": True, "schema": {"type": "string"}}

    def test_has_hot_views_too(self, document: dict[str, Any]) -> None:
        menu = operation(document, "menus/{day}", "get")

        assert (menu["summary"], menu["responses"]["200"]["content"]) == (
            "Today's menu", {"application/json": {"schema": {"$ref": "#/components/schemas/NewCake"}}},
        )

    def test_tells_files_by_their_media_type(self, document: dict[str, Any]) -> None:
        assert operation(document, "label", "get")["responses"]["200"]["content"] == {"application/pdf": {"schema": {}}}

    def test_names_a_page_of_rows(self, document: dict[str, Any]) -> None:
        assert "Page_KeyOut_" in document["components"]["schemas"]
        assert operation(document, "rows", "get")["operationId"] == "rows_list"

    def test_warns_of_a_method_that_nobody_documented(
        self, bakery: Asking, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def get(self: ModuleView, request: Any) -> None:
            """Nothing."""

        monkeypatch.setattr(toy.Label, "get", get)
        GENERATOR_STATS.reset()
        GENERATOR_STATS.silent = True

        generator().get_schema(public=True)

        assert GENERATOR_STATS
        GENERATOR_STATS.reset()

    def test_is_not_sent_twice(self, bakery: Asking) -> None:
        first = bakery.get("/api/v1/openapi.json")

        assert bakery.get("/api/v1/openapi.json", if_none_match=first.headers["ETag"]).status_code == 304
        docs._document.cache_clear()


class TestPage:
    def test_asks_nobody_outside(self, bakery: Asking) -> None:
        for path in ("/api/v1/docs", "/api/v1/docs.js"):
            response = bakery.get(path)

            assert response.status_code == 200
            assert not re.search(r"(?:https?:)?//", response.content.decode())
            assert response.headers["Content-Security-Policy"].startswith("default-src 'self';")

    def test_has_every_asset_here(self, bakery: Asking) -> None:
        page = bakery.get("/api/v1/docs").content.decode()

        for asset in re.findall(r'(?:href|src)="(/[^"]+)"', page):
            response = bakery.get(asset)
            assert len(content_of(response)) > 100, asset
