"""Request bodies: what is refused, and how it is told."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from storefront.rest.body import MAX_BYTES
from storefront.rest.tests.asking import Asking, problem_in

CAKES = "/api/v1/cakes"
RED: dict[str, Any] = {"name": "RED-CAKE"}


class TestRead:
    def test_gives_the_declared_shape(self, bakery: Asking) -> None:
        toppings = [{"name": "cherry", "grams": 5}]

        response = bakery.send(CAKES, RED | {"price": {"amount": 1250, "currency": "EUR"}, "toppings": toppings})

        assert response.status_code == 201
        assert response.json() == {
            "name": "RED-CAKE", "size": "small", "price": {"amount": 1250, "currency": "EUR"}, "toppings": toppings,
            "notes": {}, "layers": 1,
        }

    def test_takes_an_empty_body_for_an_empty_object(self, bakery: Asking) -> None:
        response = bakery.send(CAKES, b"", content_type="")

        told = problem_in(response, status=422, code="invalid_body")
        assert told["errors"] == [{"pointer": "/name", "code": "required", "detail": "This field is required."}]

    @pytest.mark.parametrize(("body", "pointer", "code"), [
        ({"name": 5}, "/name", "wrong_type"),
        ({"name": ""}, "/name", "wrong_length"),
        (RED | {"size": "huge"}, "/size", "not_a_choice"),
        (RED | {"colour": "red"}, "/colour", "unknown_field"),
        (RED | {"co/l~our": "red"}, "/co~1l~0our", "unknown_field"),
        (RED | {"toppings": [{"name": "cherry"}, {"name": "nut", "grams": 0}]}, "/toppings/1/grams", "out_of_range"),
        (RED | {"toppings": [{"name": "cherry", "kind": "sour"}]}, "/toppings/0/kind", "unknown_field"),
        (RED | {"toppings": [{}]}, "/toppings/0/name", "required"),
        (RED | {"price": {"amount": 1, "currency": "EUR", "cents": 1}}, "/price/cents", "unknown_field"),
        (RED | {"price": {"amount": 1, "currency": "XXY"}}, "/price", "invalid"),
        (RED | {"price": {"amount": 12.5, "currency": "EUR"}}, "/price/amount", "wrong_type"),
        (RED | {"notes": {"a": 1}}, "/notes", "wrong_type"),
        (RED | {"layers": "2"}, "/layers", "wrong_type"),
        (RED | {"layers": True}, "/layers", "wrong_type"),
        (RED | {"layers": 2**63}, "/layers", "out_of_range"),
        (RED | {"layers": -(2**64)}, "/layers", "out_of_range"),
        (RED | {"name": "RED\0CAKE"}, "/name", "invalid"),
        (RED | {"notes": {"a": "\0"}}, "/notes/a", "invalid"),
        (RED | {"notes": {"\0": "a"}}, "/notes", "invalid"),
        ([], "", "wrong_type"),
        (None, "", "wrong_type"),
    ])
    def test_points_at_what_does_not_fit(self, bakery: Asking, body: Any, pointer: str, code: str) -> None:
        told = problem_in(bakery.send(CAKES, body), status=422, code="invalid_body")

        assert [(error["pointer"], error["code"]) for error in told["errors"]] == [(pointer, code)]

    def test_takes_an_escaped_backslash_for_what_it_is(self, bakery: Asking) -> None:
        response = bakery.send(CAKES, b'{"name": "RED\\\\u0000"}')

        assert response.json()["name"] == "RED\\u0000"

    @pytest.mark.parametrize("body", [
        b"{", b"[", b"nothing", b'{"name": NaN}', b'{"name": "\xff"}', b'{"name": "\xed\xa0\x80"}',
        b'{"name": "\\ud800"}',
        b'{"name": "a", "name": "b"}', b'{"name": "a", "toppings": [{"name": "a", "name": "b"}]}', b"\xef\xbb\xbf{}",
        b'{"name": "a\nb"}', b"{'name': 'a'}", b'{"name": "a"} {}', b"\0", b'{"name": "a",}', b"\xff\xfe{\0}\0",
    ])
    def test_refuses_what_is_not_json(self, bakery: Asking, body: bytes) -> None:
        response = bakery.send(CAKES, body)

        assert response.status_code in (400, 422)
        assert response.json()["code"] in ("malformed_json", "invalid_body")

    def test_refuses_a_number_of_more_digits_than_are_ever_read(self, bakery: Asking) -> None:
        response = bakery.send(CAKES, b'{"name": "a", "toppings": [{"name": "b", "kind": ' + b"9" * 5_000 + b"}]}")

        problem_in(response, status=422, code="invalid_body")

    @pytest.mark.parametrize("length", ["abc", "-1", "1e3", "0x10", " ", "12,12", "9" * 5_000])
    def test_refuses_a_length_that_is_no_number(self, bakery: Asking, length: str) -> None:
        response = bakery.client.generic("POST", CAKES, b"{}", "application/json", CONTENT_LENGTH=length)

        problem_in(response, status=400, code="content_length_malformed")

    def test_names_a_name_that_stands_twice(self, bakery: Asking) -> None:
        told = problem_in(bakery.send(CAKES, b'{"name": "a", "name": "b"}'), status=400, code="malformed_json")

        assert "'name' stands twice" in told["detail"]

    @pytest.mark.parametrize("opening", [b"[", b'{"a":'])
    def test_survives_deep_nesting(self, bakery: Asking, opening: bytes) -> None:
        for body in (opening * 50_000, b'{"name": "a", "notes": ' + opening * 10_000 + b"}" * 10_000):
            assert bakery.send(CAKES, body).status_code in (400, 422)

    def test_survives_numbers_without_end(self, bakery: Asking) -> None:
        for number in (b"9" * 10_000, b"1e99999", b"-" + b"9" * 5_000, b"0." + b"1" * 10_000):
            assert bakery.send(CAKES, b'{"name": "a", "layers": ' + number + b"}").status_code in (400, 422)

    def test_refuses_more_than_256_kib(self, bakery: Asking) -> None:
        body = b'{"name": "' + b"a" * MAX_BYTES + b'"}'

        problem_in(bakery.send(CAKES, body), status=413, code="body_too_large")

    @pytest.mark.parametrize("media_type", [
        "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "",
        "application/json; charset=latin-1", "application/jsonp",
    ])
    def test_refuses_another_media_type(self, bakery: Asking, media_type: str) -> None:
        response = bakery.send(CAKES, RED, content_type=media_type)

        problem_in(response, status=415, code="unsupported_media_type")

    @pytest.mark.parametrize("media_type", [
        "application/json; charset=utf-8", 'Application/JSON; charset="UTF-8"', "application/merge-patch+json",
    ])
    def test_accepts_json_by_its_other_names(self, bakery: Asking, media_type: str) -> None:
        assert bakery.send(CAKES, RED, content_type=media_type).status_code == 201

    def test_wants_the_length_of_a_chunked_body(self, bakery: Asking) -> None:
        response = bakery.client.generic("POST", CAKES, b"", headers={"Transfer-Encoding": "chunked"})

        problem_in(response, status=411, code="length_required")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
FIELDS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("name", "size", "price", "toppings", "notes", "layers", "colour"), ANYTHING)
)


class TestHostileBodies:
    @given(body=st.binary(max_size=200))
    @example(body=b'{"name":"\\ud800"}')
    @example(body=b'{"name":"\\u0000"}')
    @settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_of_bytes_are_refused_with_a_problem(self, bakery: Asking, body: bytes) -> None:
        response = bakery.send(CAKES, body)

        assert response.status_code in (201, 400, 415, 422), response.content
        assert response.status_code == 201 or response.json()["code"]

    @given(fields=FIELDS)
    @settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_of_json_are_accepted_only_if_they_can_be_stored(self, bakery: Asking, fields: dict[str, Any]) -> None:
        response = bakery.send(CAKES, json.dumps(fields))

        assert response.status_code in (201, 400, 422), response.content
        if response.status_code == 201:
            assert fields["name"] == response.json()["name"]
            assert "\0" not in response.content.decode()
