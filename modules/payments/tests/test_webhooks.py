"""The webhook inbox: genuine ones are kept once, forged ones leave no trace, order does not matter."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from standardwebhooks import Webhook

from modules.payments import webhooks
from modules.payments.events import PaymentAuthorized
from modules.payments.models import Payment, WebhookReceipt
from modules.payments.providers.protocol import Outcome
from modules.payments.sandbox import postman
from modules.payments.sandbox.provider import Sandbox
from modules.payments.sandbox.signature import secrets, signed
from modules.payments.tests.till import Till
from storefront import clock
from storefront.money import Money

PATH = "/api/v1/webhooks/payments/sandbox"


def letter(name: str = "payment.authorized", **facts: Any) -> bytes:
    return msgspec.json.encode({"type": name, **facts})


def post(till: Till, body: bytes, headers: dict[str, str], *, path: str = PATH) -> Any:
    return till.world.client.post(path, body, content_type="application/json", headers=headers)


class TestGenuineWebhook:
    def test_is_answered_and_kept_as_it_came(self, till: Till) -> None:
        body = letter(key="authorize:pay_1")

        answer = post(till, body, signed("evt_1", body))

        assert (answer.status_code, answer.json()) == (200, {"received": True})
        assert bytes(WebhookReceipt.objects.get().body) == body

    def test_is_kept_once(self, till: Till) -> None:
        body = letter(key="authorize:pay_1")

        answers = [post(till, body, signed("evt_1", body)).status_code for _ in range(3)]

        assert answers == [200, 200, 200]
        assert WebhookReceipt.objects.count() == 1

    @pytest.mark.parametrize("body", [letter("payment.sparkled"), b"[]", b"{", b'"text"', b""])
    def test_of_an_unknown_kind_is_answered_kept_and_left_alone(self, till: Till, body: bytes) -> None:
        answer = post(till, body, signed("evt_1", body))
        till.later(seconds=2)

        assert answer.status_code == 200
        assert WebhookReceipt.objects.get().result.startswith("ignored")

    def test_settles_an_attempt_that_the_answer_never_reached(self, till: Till) -> None:
        payment_id = till.left_unknown()
        body = letter(key=f"authorize:{payment_id}")

        post(till, body, signed("evt_1", body))
        till.later(seconds=2)

        assert till.seen(payment_id).status == "authorized"

    def test_is_believed_only_as_far_as_the_provider_confirms_it(self, till: Till) -> None:
        view = till.authorize()
        body = letter("payment.captured", key=f"authorize:{view.id}", amount={"amount": 1, "currency": "EUR"})

        post(till, body, signed("evt_1", body))
        till.later(seconds=2)

        assert till.seen(view.id).captured.amount == 0
        assert WebhookReceipt.objects.get().result == "known already"

    def test_of_nobody_waits_and_is_given_up_for_an_operator_to_replay(self, till: Till) -> None:
        body = letter(key="authorize:pay_OF_NOBODY")
        post(till, body, signed("evt_1", body))

        for _ in range(webhooks.GIVE_UP_AFTER):
            till.later(hours=1)

        receipt = WebhookReceipt.objects.get()
        assert receipt.next_at is None
        assert "NotYet" in receipt.result

        webhooks.replay(receipt.id)
        till.later(seconds=2)
        assert WebhookReceipt.objects.get().attempts == 1

    def test_comes_in_process_through_the_same_door(self, till: Till) -> None:
        till.left_unknown()

        sent = postman.send_due(to=webhooks.receive, now=clock.now())

        assert sent == 1
        assert WebhookReceipt.objects.count() == 1


class TestForgedWebhook:
    def refused(self, till: Till, body: bytes, headers: dict[str, str]) -> None:
        answer = post(till, body, headers)

        assert answer.status_code == 400
        assert answer.json()["code"] == "payments.forged_webhook"
        assert not WebhookReceipt.objects.exists()

    def test_without_a_signature_leaves_no_trace(self, till: Till) -> None:
        self.refused(till, letter(), {})

    def test_with_another_body_leaves_no_trace(self, till: Till) -> None:
        self.refused(till, letter(key="authorize:pay_MINE"), signed("evt_1", letter()))

    def test_with_another_id_leaves_no_trace(self, till: Till) -> None:
        self.refused(till, letter(), signed("evt_1", letter()) | {"webhook-id": "evt_2"})

    @pytest.mark.parametrize("signature", ["", "v1", "v1,", "v1,???", "v2,aGk=", ",,,", "v1,a,b", "\xff"])
    def test_with_a_malformed_signature_leaves_no_trace(self, till: Till, signature: str) -> None:
        self.refused(till, letter(), signed("evt_1", letter()) | {"webhook-signature": signature})

    def test_that_is_not_text_leaves_no_trace(self, till: Till) -> None:
        self.refused(till, b"\xff\xfe", signed("evt_1", b""))

    @pytest.mark.parametrize("minutes", [-6, 6])
    def test_outside_five_minutes_leaves_no_trace(self, till: Till, minutes: int) -> None:
        at = datetime.now(UTC) + timedelta(minutes=minutes)
        signature = Webhook(secrets()[0]).sign("evt_1", at, letter().decode())
        headers = {
            "webhook-id": "evt_1", "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature,
        }

        self.refused(till, letter(), headers)


class TestAddress:
    def test_refuses_a_body_over_the_limit(self, till: Till) -> None:
        answer = post(till, b"x" * (256 * 1024 + 1), {})

        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")

    def test_of_an_unknown_provider_is_not_found(self, till: Till) -> None:
        answer = post(till, letter(), signed("evt_1", letter()), path="/api/v1/webhooks/payments/goldsmith")

        assert answer.status_code == 404


class TestRotation:
    def test_accepts_the_old_secret_beside_the_new_one(self, till: Till, settings: Any) -> None:
        old, new = (f"whsec_{base64.b64encode(name * 8).decode()}" for name in (b"old!", b"new!"))
        settings.PAYMENT_SANDBOX_WEBHOOK_SECRETS = [old]
        headers = signed("evt_1", letter())

        settings.PAYMENT_SANDBOX_WEBHOOK_SECRETS = [new, old]
        both = post(till, letter(), headers).status_code
        settings.PAYMENT_SANDBOX_WEBHOOK_SECRETS = [new]
        only_new = post(till, letter(), headers).status_code

        assert (both, only_new) == (200, 400)


class TestAmounts:
    def test_of_another_size_are_not_taken_and_raise_an_alarm(
        self, till: Till, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        payment_id = till.left_unknown()
        wrong = Outcome(status="approved", amount=Money(99, "EUR"), reference="bnk_1")
        monkeypatch.setattr(Sandbox, "find", lambda _self, *, key: wrong)

        till.later(minutes=2)

        payment = Payment.objects.get(id=payment_id)
        assert (payment.status, payment.authorized) == ("failed", 0)
        assert "0.99 EUR" in payment.alarm
        assert not till.world.published(PaymentAuthorized)
