"""Pages: every row once, in order, both ways; cursors of others refused."""

import base64
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storefront import clock
from storefront.rest.columns import type_of
from storefront.rest.fault import Fault
from storefront.rest.models import ApiKey
from storefront.rest.pagination import Keyset
from storefront.rest.tests.asking import Asking, problem_in

ROWS = "/api/v1/rows"


@pytest.fixture
def rows(db: None) -> list[str]:
    """Ten keys, some of one name; as the list shows them."""
    ApiKey.objects.bulk_create(
        ApiKey(name=f"ERP {number % 4}", prefix=f"key{number:03}", scopes="orders:read", created_at=clock.now())
        for number in range(10)
    )
    by_prefix = sorted(ApiKey.objects.all(), key=lambda row: row.prefix)
    return [f"{row.name} {row.prefix}" for row in sorted(by_prefix, key=lambda row: row.name, reverse=True)]


def names(page: dict[str, Any]) -> list[str]:
    return [row["name"] for row in page["data"]]


class TestPage:
    @pytest.mark.parametrize("limit", [1, 3, 5, 10, 100])
    def test_leads_through_every_row_once_and_back(self, bakery: Asking, rows: list[str], limit: int) -> None:
        page = bakery.get(f"{ROWS}?limit={limit}").json()
        assert page["previous"] is None
        forth, pages = names(page), [page]
        while page["next"]:
            page = bakery.get(page["next"]).json()
            forth += names(page)
            pages.append(page)
        back = names(page)
        while page["previous"]:
            page = bakery.get(page["previous"]).json()
            back = names(page) + back

        assert forth == rows
        assert back == rows
        assert all(len(names(page)) <= limit for page in pages)

    def test_keeps_the_filters_of_the_list_in_its_links(self, bakery: Asking, rows: list[str]) -> None:
        page = bakery.get(f"{ROWS}?limit=3&count=true").json()

        assert page["next"].startswith(f"{ROWS}?limit=3&count=true&cursor=")

    def test_counts_only_if_asked(self, bakery: Asking, rows: list[str]) -> None:
        assert "count" not in bakery.get(ROWS).json()
        assert bakery.get(f"{ROWS}?count=true").json()["count"] == 10

    def test_of_nothing_is_empty(self, bakery: Asking, db: None) -> None:
        assert bakery.get(ROWS).json() == {"data": [], "next": None, "previous": None}

    def test_is_not_shifted_by_a_row_that_comes_in_before_it(self, bakery: Asking, rows: list[str]) -> None:
        first = bakery.get(f"{ROWS}?limit=5").json()
        ApiKey.objects.create(name="ZZZ", prefix="zzz", scopes="orders:read", created_at=clock.now())

        second = bakery.get(first["next"]).json()

        assert names(first) + names(second) == rows

    @pytest.mark.parametrize("cursor", [
        "", "garbage", "%00", "e30", "bnVsbA", "a" * 1_000, "4pyT", "%F0%9F%8D%B0",
        base64.urlsafe_b64encode(b'["-name,prefix",false,["a\\u0000","b"]]').decode().rstrip("="),
        base64.urlsafe_b64encode(b'["-name,prefix",false,["a"]]').decode().rstrip("="),
        base64.urlsafe_b64encode(b'["-name,prefix",false,["a",7]]').decode().rstrip("="),
        base64.urlsafe_b64encode(b'["prefix",false,["a","b"]]').decode().rstrip("="),
        base64.urlsafe_b64encode(b"[" * 700).decode().rstrip("="),
    ])
    def test_of_another_cursor_is_refused(self, bakery: Asking, rows: list[str], cursor: str) -> None:
        told = bakery.get(f"{ROWS}?cursor={cursor}")

        if told.status_code == 422:
            problem_in(told, status=422, code="invalid_query")
        else:
            problem_in(told, status=400, code="invalid_cursor")

    @given(cursor=st.text(max_size=80))
    @settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_survives_any_cursor(self, bakery: Asking, db: None, cursor: str) -> None:
        response = bakery.client.get(ROWS, {"cursor": cursor.encode("utf-8", "surrogatepass")})

        assert response.status_code in (200, 400, 422), response.content


class TestKeyset:
    def test_writes_conditions_for_sql_written_by_hand(self) -> None:
        keyset = Keyset("-price", "id", types=(int, str))
        cursor = keyset.cursor((1250, "prd_1"), backward=False)

        place = keyset.place(cursor)
        condition, parameters = keyset.condition_sql(place)

        assert condition == "((price < %s) OR (price = %s AND id > %s))"
        assert parameters == [1250, 1250, "prd_1"]
        assert keyset.order_sql(place) == "price DESC, id ASC"

    def test_turns_everything_round_on_the_way_back(self) -> None:
        keyset = Keyset("-price", "id", types=(int, str))

        place = keyset.place(keyset.cursor((1250, "prd_1"), backward=True))

        assert keyset.condition_sql(place)[0] == "((price > %s) OR (price = %s AND id < %s))"
        assert keyset.order_sql(place) == "price ASC, id DESC"

    def test_starts_anywhere_without_a_cursor(self) -> None:
        keyset = Keyset("id", types=(str,))

        assert keyset.place(None) is None
        assert (keyset.condition_sql(None), keyset.order_sql(None)) == (("TRUE", []), "id ASC")

    def test_brings_instants_back_as_they_were(self) -> None:
        keyset, at = Keyset("-placed_at", "id", types=(datetime, str)), datetime(2026, 11, 23, 1, 2, 3, 456789, UTC)

        place = keyset.place(keyset.cursor((at, "ord_1"), backward=False))

        assert place is not None
        assert place.values == (at, "ord_1")

    def test_refuses_numbers_that_no_column_holds(self) -> None:
        keyset = Keyset("price", types=(int,))
        raw = base64.urlsafe_b64encode(msgspec.json.encode(("price", False, (2**64,)))).decode()

        with pytest.raises(Fault, match="not one of this list"):
            keyset.place(raw)


class TestTypeOf:
    def test_refuses_a_column_that_may_be_empty(self) -> None:
        with pytest.raises(TypeError, match="can be null"):
            type_of(ApiKey, "last_used_at")

    def test_knows_what_a_cursor_carries(self) -> None:
        assert [type_of(ApiKey, name) for name in ("id", "name", "created_at")] == [int, str, datetime]
