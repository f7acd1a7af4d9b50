"""Query parameters."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storefront.rest.tests.asking import Asking, problem_in

CAKES = "/api/v1/cakes"


class TestReadQuery:
    def test_reads_numbers_booleans_and_repeated_names_from_text(self, bakery: Asking) -> None:
        response = bakery.get(f"{CAKES}?name=RED%20CAKE&layers=3&is_vegan=true&tag=sweet&tag=new&limit=5")

        assert response.json() == {
            "limit": 5, "cursor": None, "count": False, "name": "RED CAKE", "layers": 3, "is_vegan": True,
            "tag": ["sweet", "new"], "baked_after": None,
        }

    def test_gives_the_defaults_without_any(self, bakery: Asking) -> None:
        assert bakery.get(CAKES).json()["limit"] == 24

    @pytest.mark.parametrize(("query", "pointer", "code"), [
        ("colour=red", "?colour", "unknown_parameter"),
        ("layers=many", "?layers", "wrong_type"),
        ("layers=", "?layers", "wrong_type"),
        ("limit=0", "?limit", "out_of_range"),
        ("limit=101", "?limit", "out_of_range"),
        ("layers=1&layers=2", "?layers", "repeated"),
        ("name=a%00b", "?name", "out_of_range"),
        ("tag=%00", "?tag", "out_of_range"),
        (f"layers={'9' * 30}", "?layers", "out_of_range"),
        (f"layers={'9' * 5000}", "?layers", "out_of_range"),
        ("is_vegan=perhaps", "?is_vegan", "wrong_type"),
        ("baked_after=2026-01-01T00:00:00%2b22:07", "?baked_after", "out_of_range"),
        ("baked_after=null", "?baked_after", "wrong_type"),
        ("baked_after=2026-01-01T00:00:00", "?baked_after", "out_of_range"),
        ("baked_after=0001-01-01T00:00:00%2b14:00", "?baked_after", "out_of_range"),
        ("baked_after=9999-12-31T23:59:59-14:00", "?baked_after", "out_of_range"),
    ])
    def test_points_at_what_does_not_fit(self, bakery: Asking, query: str, pointer: str, code: str) -> None:
        told = problem_in(bakery.get(f"{CAKES}?{query}"), status=422, code="invalid_query")

        assert told["errors"][0]["pointer"] == pointer
        assert told["errors"][0]["code"] == code

    def test_refuses_more_names_than_anybody_needs(self, bakery: Asking) -> None:
        query = "&".join(f"a{number}=1" for number in range(2_000))

        problem_in(bakery.get(f"{CAKES}?{query}"), status=400, code="bad_request")

    @given(query=st.binary(max_size=60))
    @settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_never_breaks(self, bakery: Asking, query: bytes) -> None:
        response = bakery.client.generic("GET", CAKES, QUERY_STRING=query.decode("latin-1"))

        assert response.status_code in (200, 400, 422), response.content
