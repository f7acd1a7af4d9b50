"""Requests between processes are signed; keys rotate; what was tampered with is refused."""

import time
from typing import Any

import pytest
from django.test import RequestFactory

from storefront.calls import identity
from storefront.calls.identity import Forbidden, may_call, sign, verify
from storefront.topology import process_here
from storefront.topology.plan import Process

PATH = "/_call/payments/pick"
BODY = b'{"fruit":"APPLE"}'


@pytest.fixture(autouse=True)
def keys(settings: Any) -> Any:
    settings.STOREFRONT_SERVICE_KEYS = "may:apple,april:pear"
    return settings


def sent(headers: dict[str, str], *, method: str = "POST", path: str = PATH, body: bytes = BODY) -> Any:
    factory = RequestFactory(headers=headers)
    return factory.generic(method, path, body, content_type="application/json")


def signed(**changed: str) -> dict[str, str]:
    return sign("POST", PATH, BODY, key="pick-1", deadline_ms=500) | changed


class TestVerify:
    def test_names_the_process_that_signed(self) -> None:
        assert verify(sent(signed())).name == process_here().name

    def test_takes_a_request_without_key_deadline_and_body(self) -> None:
        headers = sign("GET", "/_modules?module=payments", b"")

        caller = verify(sent(headers, method="GET", path="/_modules?module=payments", body=b""))
        assert caller.name == process_here().name

    @pytest.mark.parametrize(
        "changed",
        [
            {identity.KEY: "pick-2"}, {identity.DEADLINE_MS: "5000"}, {identity.CALLER: "payments"},
            {identity.SENT_AT: "1"}, {identity.SIGNATURE: "may:" + "0" * 64}, {identity.SIGNATURE: "may:é"},
            {identity.SIGNATURE: ""}, {identity.SIGNATURE: "june:" + "0" * 64}, {identity.SENT_AT: ""},
        ],
    )
    def test_refuses_a_changed_header(self, changed: dict[str, str]) -> None:
        with pytest.raises(Forbidden) as refused:
            verify(sent(signed(**changed)))

        assert refused.value.status == 401

    @pytest.mark.parametrize(
        "changed", [{"body": b'{"fruit":"PEAR"}'}, {"path": "/_call/payments/inspect"}, {"method": "PUT"}]
    )
    def test_refuses_another_request(self, changed: Any) -> None:
        with pytest.raises(Forbidden, match="does not fit"):
            verify(sent(signed(), **changed))

    def test_refuses_parts_that_moved_from_one_place_to_the_next(self) -> None:
        headers = sign("POST", PATH, BODY, key="12", deadline_ms=3)

        with pytest.raises(Forbidden, match="does not fit"):
            verify(sent(headers | {identity.KEY: "2", identity.DEADLINE_MS: "31"}))

    @pytest.mark.parametrize("seconds", [-61, 61])
    def test_refuses_what_was_not_sent_about_now(self, seconds: int, monkeypatch: pytest.MonkeyPatch) -> None:
        headers = signed()
        now = time.time_ns()
        monkeypatch.setattr("time.time_ns", lambda: now + seconds * 1_000_000_000)

        with pytest.raises(Forbidden, match="too long ago"):
            verify(sent(headers))

    def test_refuses_a_process_of_another_topology(self, settings: Any) -> None:
        here = settings.STOREFRONT_PROCESS
        settings.STOREFRONT_PROCESS = Process("stranger", (), "")
        headers = signed()
        settings.STOREFRONT_PROCESS = here

        with pytest.raises(Forbidden, match="No process"):
            verify(sent(headers))


class TestKeys:
    def test_the_first_signs_and_all_verify(self, settings: Any) -> None:
        with_the_old = signed()
        settings.STOREFRONT_SERVICE_KEYS = "june:plum,may:apple"
        with_the_new = signed()

        assert {verify(sent(each)).name for each in (with_the_old, with_the_new)} == {process_here().name}
        assert with_the_new[identity.SIGNATURE].startswith("june:")

    def test_a_key_that_was_taken_away_opens_nothing(self, settings: Any) -> None:
        headers = signed()
        settings.STOREFRONT_SERVICE_KEYS = "june:plum"

        with pytest.raises(Forbidden, match="not signed with a key"):
            verify(sent(headers))

    def test_without_any_they_come_from_the_secret_keys(self, settings: Any) -> None:
        settings.STOREFRONT_SERVICE_KEYS = ""
        before = signed()
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]

        assert {verify(sent(each)).name for each in (before, signed())} == {process_here().name}
        assert before[identity.SIGNATURE].partition(":")[0] != signed()[identity.SIGNATURE].partition(":")[0]

    @pytest.mark.parametrize("text", ["apple", ":apple", "may:"])
    def test_a_malformed_list_is_refused(self, text: str, settings: Any) -> None:
        settings.STOREFRONT_SERVICE_KEYS = text

        with pytest.raises(ValueError, match="id:secret"):
            signed()


class TestMayCall:
    def test_follows_the_imports_of_faces(self) -> None:
        assert may_call(Process("shop", ("checkout",), ""), "payments")
        assert not may_call(Process("stock", ("inventory",), ""), "payments")

    def test_knows_a_process_by_its_own_name_too(self) -> None:
        assert may_call(Process("checkout", (), ""), "payments")
