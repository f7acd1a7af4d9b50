"""The public API of payments."""

import hashlib
import re
import time
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from django.db import InterfaceError, OperationalError

from modules.payments.api import pages
from modules.payments.tests.till import Till
from storefront.rest import throttle
from storefront.rest.keys import mint


@pytest.fixture
def machine(till: Till) -> dict[str, str]:
    _row, key = mint(name="ERP", scopes=["payments:read", "payments:write"])
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture
def counting(settings: Any) -> Iterator[Any]:
    settings.THROTTLES = True
    throttle.start_afresh()
    while time.time() % 3600 > 3590:  # no hour ends meanwhile
        time.sleep(0.5)
    yield settings
    throttle.start_afresh()


def post(till: Till, path: str, body: Any, headers: dict[str, str], *, key: str = "once") -> Any:
    return till.world.client.post(
        f"/api/v1/payments/{path}", msgspec.json.encode(body), content_type="application/json",
        headers=headers | ({"Idempotency-Key": key} if key else {}),
    )


class TestPayment:
    def test_is_shown_with_its_ledger_and_version(self, till: Till, machine: dict[str, str]) -> None:
        view = till.paid()

        answer = till.world.client.get(f"/api/v1/payments/{view.id}", headers=machine)

        shown = answer.json()
        assert (shown["status"], shown["captured"]) == ("captured", {"amount": 1250, "currency": "EUR"})
        assert [line["kind"] for line in shown["ledger"]][-1] == "charge_success"
        assert answer["ETag"] == f'"{view.version}"'

    def test_is_for_those_with_the_scope(self, till: Till) -> None:
        _row, other = mint(name="Shelf", scopes=["stock:read"])
        path = f"/api/v1/payments/{till.authorize().id}"

        statuses = [
            till.world.client.get(path, headers=headers).status_code
            for headers in ({}, {"Authorization": f"Bearer {other}"})
        ]

        assert statuses == [401, 403]

    @pytest.mark.parametrize("payment_id", ["pay_OF_NOBODY", "%00", "x" * 500])
    def test_of_nobody_is_not_found(self, till: Till, machine: dict[str, str], payment_id: str) -> None:
        answer = till.world.client.get(f"/api/v1/payments/{payment_id}", headers=machine)

        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


class TestCapture:
    def test_takes_all_by_default_and_once_per_key(self, till: Till, machine: dict[str, str]) -> None:
        payment_id = till.authorize().id

        first, again = (post(till, f"{payment_id}/capture", {}, machine) for _ in range(2))

        assert (first.status_code, first.json()["captured"]["amount"]) == (200, 1250)
        assert again["Idempotent-Replayed"] == "true"
        assert till.at_the_bank(payment_id).captured == 1250

    def test_tells_what_is_left(self, till: Till, machine: dict[str, str]) -> None:
        payment_id = till.authorize().id

        answer = post(till, f"{payment_id}/capture", {"amount": {"amount": 1251, "currency": "EUR"}}, machine)

        assert (answer.status_code, answer.json()["left"]) == (422, 1250)

    def test_asks_for_a_key(self, till: Till, machine: dict[str, str]) -> None:
        answer = post(till, f"{till.authorize().id}/capture", {}, machine, key="")

        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")

    @pytest.mark.parametrize(
        "amount", [{"amount": -5, "currency": "EUR"}, {"amount": 5, "currency": "XXX"}, {"amount": "5"}, 5]
    )
    def test_refuses_what_is_no_amount(self, till: Till, machine: dict[str, str], amount: Any) -> None:
        payment_id = till.authorize().id

        answer = post(till, f"{payment_id}/capture", {"amount": amount}, machine)

        assert answer.status_code == 422
        assert till.seen(payment_id).captured.amount == 0


class TestVoid:
    def test_gives_back_what_is_held(self, till: Till, machine: dict[str, str]) -> None:
        answer = post(till, f"{till.authorize().id}/void", {}, machine)

        assert (answer.status_code, answer.json()["status"]) == (200, "voided")

    def test_of_nobody_leaves_no_tombstone(self, till: Till, machine: dict[str, str]) -> None:
        answer = post(till, "pay_TOMORROW/void", {}, machine)

        assert answer.status_code == 404
        assert till.authorize(payment_id="pay_TOMORROW").status == "authorized"


class TestRefund:
    def test_is_made_once_per_key(self, till: Till, machine: dict[str, str]) -> None:
        payment_id, body = till.paid().id, {"amount": {"amount": 250, "currency": "EUR"}, "reason": "chipped"}

        first, again = (post(till, f"{payment_id}/refunds", body, machine) for _ in range(2))

        assert (first.status_code, first.json()) == (201, again.json())
        assert till.at_the_bank(payment_id).refunded == 250

    def test_of_what_was_only_held_says_so(self, till: Till, machine: dict[str, str]) -> None:
        answer = post(till, f"{till.authorize().id}/refunds", {}, machine)

        assert (answer.status_code, answer.json()["state"]) == (409, "authorized")


class TestPages:
    @pytest.mark.parametrize("path", ["sandbox/challenges/cha_OF_NOBODY", "payments/returns/pay_OF_NOBODY"])
    def test_of_nobody_are_not_found(self, till: Till, path: str) -> None:
        assert till.world.client.get(f"/api/v1/{path}").status_code == 404

    @pytest.mark.parametrize("path", ["sandbox/challenges/cha_OF_NOBODY", "payments/returns/pay_OF_NOBODY"])
    def test_admit_their_one_style_by_its_hash(self, till: Till, path: str) -> None:
        page = till.world.client.get(f"/api/v1/{path}")

        styles = re.findall(r"<style>(.*?)</style>", page.content.decode(), re.DOTALL)
        (digest,) = [b64encode(hashlib.sha256(style.encode()).digest()).decode() for style in styles]
        policy = page.headers["Content-Security-Policy"]
        assert f"style-src 'sha256-{digest}';" in policy
        assert "unsafe" not in policy
        assert "style=" not in page.content.decode()

    @pytest.mark.parametrize("path", ["sandbox/challenges/%00", "payments/returns/%00"])
    def test_survive_hostile_ids(self, till: Till, path: str) -> None:
        assert till.world.client.get(f"/api/v1/{path}").status_code == 404

    @pytest.mark.parametrize("path", ["sandbox/challenges/cha_1", "payments/returns/pay_1"])
    @pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("gone")])
    def test_say_so_when_the_database_is_away(
        self, till: Till, path: str, error: Exception, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_ids: str) -> None:
            raise error

        monkeypatch.setattr(pages, "challenge", fail)
        monkeypatch.setattr(pages, "settle_return", fail)

        answer = till.world.client.get(f"/api/v1/{path}")

        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert b"in a minute" in answer.content

    @pytest.mark.parametrize(
        ("path", "rate"), [("sandbox/challenges/cha_1", "read"), ("payments/returns/pay_1", "payment.write")]
    )
    def test_are_shown_so_often(self, till: Till, counting: Any, path: str, rate: str) -> None:
        counting.THROTTLE_RATES = {rate: "2/hour"}

        answers = [till.world.client.get(f"/api/v1/{path}") for _ in range(3)]

        assert [answer.status_code for answer in answers] == [404, 404, 429]
        assert int(answers[-1].headers["Retry-After"]) >= 1
        assert b"again in a minute" in answers[-1].content

    @pytest.mark.parametrize("path", ["sandbox/challenges/cha_1", "payments/returns/pay_1"])
    def test_are_not_for_guessing_ids(self, till: Till, counting: Any, path: str) -> None:
        counting.THROTTLE_RATES = {"guesses": "2/hour"}

        assert [till.world.client.get(f"/api/v1/{path}").status_code for _ in range(3)] == [404, 404, 429]

    def test_do_not_ask_the_bank_beyond_their_rate(
        self, till: Till, counting: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        counting.THROTTLE_RATES = {"payment.write": "2/hour"}
        asked: list[str] = []
        monkeypatch.setattr(pages, "settle_return", asked.append)

        for _ in range(5):
            till.world.client.get("/api/v1/payments/returns/pay_1")

        assert len(asked) == 2

    def test_take_no_decision_beyond_their_rate(self, till: Till, counting: Any) -> None:
        counting.THROTTLE_RATES = {"payment.write": "2/hour"}

        answers = [till.world.client.post("/api/v1/sandbox/challenges/cha_1").status_code for _ in range(3)]

        assert answers == [404, 404, 429]
