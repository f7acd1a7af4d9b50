"""ModuleView and hot views: methods, media types, versions, keys."""

from collections.abc import Iterator

import pytest

from storefront.rest.tests.asking import Asking, problem_in
from storefront.testing.world import World
from storefront.tests.toy import Grower, planted


class TestMethods:
    def test_that_a_resource_lacks_are_told_with_those_it_has(self, bakery: Asking) -> None:
        response = bakery.send("/api/v1/cakes", method="PUT")

        problem_in(response, status=405, code="method_not_allowed")
        assert response.headers["Allow"] == "GET, POST, HEAD, OPTIONS"

    def test_are_told_by_options(self, bakery: Asking) -> None:
        response = bakery.send("/api/v1/cakes", method="OPTIONS")

        assert (response.status_code, response.headers["Allow"]) == (204, "GET, POST, HEAD, OPTIONS")

    def test_include_head(self, bakery: Asking) -> None:
        response = bakery.send("/api/v1/cakes/1", method="HEAD")

        assert (response.status_code, response.headers["ETag"]) == (200, '"3"')

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "BREW"])
    def test_of_a_hot_view_are_get_and_head(self, bakery: Asking, method: str) -> None:
        problem_in(bakery.send("/api/v1/menus/monday", method=method), status=405, code="method_not_allowed")

    def test_that_nobody_knows_are_refused(self, bakery: Asking) -> None:
        problem_in(bakery.send("/api/v1/cakes", method="BREW"), status=405, code="method_not_allowed")


class TestAccept:
    @pytest.mark.parametrize("accepts", [
        "*/*", "application/json", "application/*", "text/html,application/xhtml+xml,*/*;q=0.8", "APPLICATION/JSON",
        "application/json;q=0.5",
    ])
    def test_admits_json(self, bakery: Asking, accepts: str) -> None:
        assert bakery.get("/api/v1/cakes/1", accept=accepts).status_code == 200
        assert bakery.get("/api/v1/menus/monday", accept=accepts).status_code == 200

    @pytest.mark.parametrize("accepts", ["text/html", "application/xml", "application/json;q=0", "image/*"])
    def test_of_anything_else_cannot_be_satisfied(self, bakery: Asking, accepts: str) -> None:
        problem_in(bakery.get("/api/v1/cakes/1", accept=accepts), status=406, code="not_acceptable")
        problem_in(bakery.get("/api/v1/menus/monday", accept=accepts), status=406, code="not_acceptable")

    def test_of_a_pdf_is_its_own(self, bakery: Asking) -> None:
        assert bakery.get("/api/v1/label", accept="application/pdf").content == b"%PDF"


class TestIfNoneMatch:
    @pytest.mark.parametrize("tag", ['"3"', 'W/"3"', '"1", "3"', "*"])
    def test_of_the_present_version_saves_the_body(self, bakery: Asking, tag: str) -> None:
        response = bakery.get("/api/v1/cakes/1", if_none_match=tag)

        assert (response.status_code, response.content, response.headers["ETag"]) == (304, b"", '"3"')

    def test_of_another_version_brings_the_new_one(self, bakery: Asking) -> None:
        assert bakery.get("/api/v1/cakes/1", if_none_match='"2"').status_code == 200

    def test_works_for_hot_views(self, bakery: Asking) -> None:
        assert bakery.get("/api/v1/menus/monday", if_none_match='"menu-7"').status_code == 304


class TestIfMatch:
    def test_gives_the_expected_version(self, bakery: Asking) -> None:
        response = bakery.send("/api/v1/cakes/1", {}, method="PATCH", if_match='"12"')

        assert response.json() == {"expected": 12}

    def test_is_insisted_on_where_an_update_could_be_lost(self, bakery: Asking) -> None:
        response = bakery.send("/api/v1/cakes/1", {}, method="PATCH")

        problem_in(response, status=428, code="precondition_required")

    @pytest.mark.parametrize("header", [{}, {"if_match": "*"}])
    def test_may_be_left_out_elsewhere(self, bakery: Asking, header: dict[str, str]) -> None:
        response = bakery.send("/api/v1/cakes/1", method="DELETE", **header)

        assert (response.status_code, response.headers["X-Expected"]) == (204, "None")

    @pytest.mark.parametrize("tag", ['"abc"', 'W/"3"', f'"{"9" * 30}"'])
    def test_of_no_version_of_ours_fails(self, bakery: Asking, tag: str) -> None:
        response = bakery.send("/api/v1/cakes/1", method="DELETE", if_match=tag)

        problem_in(response, status=412, code="precondition_failed")

    @pytest.mark.parametrize("tag", ["3", "", '"1", "2"', '"'])
    def test_that_is_malformed_is_told(self, bakery: Asking, tag: str) -> None:
        response = bakery.send("/api/v1/cakes/1", method="DELETE", if_match=tag)

        problem_in(response, status=400, code="if_match_malformed")


class TestHotView:
    def test_serves_ready_bytes(self, bakery: Asking) -> None:
        response = bakery.get("/api/v1/menus/monday?layers=2")

        assert (response.status_code, response.content) == (200, b'{"layers":2}')
        assert response.headers["Content-Type"] == "application/json"

    def test_turns_errors_into_problems(self, bakery: Asking) -> None:
        problem_in(bakery.get("/api/v1/menus/sunday"), status=404, code="not_found")
        problem_in(bakery.get("/api/v1/menus/monday?colour=red"), status=422, code="invalid_query")


class TestCreated:
    def test_names_the_version_and_the_place(self, bakery: Asking) -> None:
        response = bakery.send("/api/v1/cakes", {"name": "RED-CAKE"})

        assert (response.headers["ETag"], response.headers["Location"]) == ('"1"', "/api/v1/cakes/1")


@pytest.fixture
def grower(world: World) -> Iterator[Grower]:
    with planted() as grower:
        yield grower


class TestIdempotencyKey:
    def test_makes_a_repeated_request_bring_the_first_answer(self, bakery: Asking, grower: Grower) -> None:
        first = bakery.send("/api/v1/pickings/APPLE", idempotency_key="pick-1")
        picked = len(grower.picked)

        again = bakery.send("/api/v1/pickings/APPLE", idempotency_key="pick-1")

        assert first.status_code == again.status_code == 201
        assert again.content == first.content
        assert again.headers["Idempotent-Replayed"] == "true"
        assert "Idempotent-Replayed" not in first.headers
        assert len(grower.picked) == picked

    def test_brings_a_refusal_again_too(self, bakery: Asking, grower: Grower) -> None:
        first = bakery.send("/api/v1/pickings/BAD-APPLE", idempotency_key="pick-1")

        again = bakery.send("/api/v1/pickings/BAD-APPLE", idempotency_key="pick-1")

        problem_in(first, status=409, code="toy.rotten")
        problem_in(again, status=409, code="toy.rotten")
        assert again.headers["Idempotent-Replayed"] == "true"

    def test_with_another_request_is_refused(self, bakery: Asking, grower: Grower) -> None:
        bakery.send("/api/v1/pickings/APPLE", idempotency_key="pick-1", pieces="1")

        again = bakery.send("/api/v1/pickings/APPLE", idempotency_key="pick-1", pieces="2")

        problem_in(again, status=422, code="idempotency_key_reused")

    def test_is_forgotten_by_the_next_request(self, bakery: Asking, grower: Grower) -> None:
        for _ in range(2):
            bakery.send("/api/v1/pickings/APPLE", idempotency_key="pick-1")

        assert "Idempotent-Replayed" not in bakery.send("/api/v1/cakes", {"name": "RED-CAKE"}).headers

    def test_is_insisted_on_where_money_moves(self, bakery: Asking) -> None:
        problem_in(bakery.send("/api/v1/pickings/APPLE"), status=400, code="idempotency_key_missing")

    @pytest.mark.parametrize("key", ["", "a" * 256, "with space", "with\ttab", "café"])
    def test_is_visible_ascii_of_some_length(self, bakery: Asking, key: str) -> None:
        response = bakery.send("/api/v1/keys", idempotency_key=key)

        problem_in(response, status=400, code="idempotency_key_malformed")

    def test_becomes_a_key_that_a_command_takes(self, bakery: Asking) -> None:
        key = bakery.send("/api/v1/keys", idempotency_key="k" * 255).json()["key"]

        assert 1 <= len(key) <= 200

    def test_is_a_fresh_one_without_the_header(self, bakery: Asking) -> None:
        keys = {bakery.send("/api/v1/keys").json()["key"] for _ in range(3)}

        assert len(keys) == 3

    def test_belongs_to_one_path_and_one_address(self, bakery: Asking) -> None:
        here = bakery.send("/api/v1/keys", idempotency_key="k").json()["key"]
        again = bakery.send("/api/v1/keys", idempotency_key="k").json()["key"]
        elsewhere = bakery.client.post("/api/v1/keys", headers={"Idempotency-Key": "k"}, REMOTE_ADDR="10.9.9.9")
        other_path = bakery.send("/api/v1/carts/1/lines", idempotency_key="k").json()["key"]

        assert here == again
        assert len({here, elsewhere.json()["key"], other_path}) == 3

    def test_follows_the_holder_of_a_secret_id_to_another_network(self, bakery: Asking) -> None:
        path = f"/api/v1/carts/crt_{'0123456789ABCDEFGHJK' * 2}"[:-4] + "/lines"

        addresses = ("10.1.1.1", "10.2.2.2")
        keys = {
            bakery.client.post(path, headers={"Idempotency-Key": "k"}, REMOTE_ADDR=address).json()["key"]
            for address in addresses
        }

        assert len(keys) == 1
