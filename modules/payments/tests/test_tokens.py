"""Every sandbox token ends as its name says."""

import pytest

from modules.payments.events import PaymentAuthorized, PaymentCaptured, PaymentDisputed
from modules.payments.interface import ActionRequired, PaymentDeclined
from modules.payments.models import WebhookReceipt
from modules.payments.sandbox import provider
from modules.payments.tests.till import Till
from storefront.ids import new_id
from storefront.interface import OutcomeUnknown


class TestApprovedTokens:
    @pytest.mark.parametrize("token", ["tok_visa", "tok_mastercard", "tok_applepay", "tok_googlepay"])
    def test_set_the_amount_aside(self, till: Till, token: str) -> None:
        view = till.authorize(token)

        assert (view.status, view.authorized.amount, view.captured.amount) == ("authorized", 1250, 0)
        assert till.at_the_bank(view.id).authorized == 1250
        assert [event.payment_id for event in till.world.published(PaymentAuthorized)] == [view.id]


class TestRefusedTokens:
    @pytest.mark.parametrize(
        ("token", "reason"),
        [
            ("tok_declined", "declined"), ("tok_insufficient_funds", "insufficient_funds"),
            ("tok_expired", "expired_card"), ("tok_of_nobody", "invalid_token"),
        ],
    )
    def test_are_declined_with_their_code_and_recorded(self, till: Till, token: str, reason: str) -> None:
        payment_id = new_id("pay")

        with pytest.raises(PaymentDeclined) as refusal:
            till.authorize(token, payment_id=payment_id)

        assert refusal.value.reason == reason
        assert till.seen(payment_id).status == "failed"
        assert till.kinds(payment_id) == ["authorization_request", "authorization_failure"]
        assert not till.world.published(PaymentAuthorized)

    def test_stay_declined_when_asked_again(self, till: Till) -> None:
        payment_id = new_id("pay")
        for token in ("tok_declined", "tok_visa"):
            with pytest.raises(PaymentDeclined):
                till.authorize(token, payment_id=payment_id)

        assert till.seen(payment_id).authorized.amount == 0


class TestTimeoutToken:
    def test_ends_in_one_charge_when_the_caller_asks_again(self, till: Till) -> None:
        key = till.world.key()
        payment_id = till.left_unknown(key=key)

        view = till.authorize("tok_timeout", payment_id=payment_id, key=key)

        assert view.status == "authorized"
        assert till.kinds(payment_id) == ["authorization_request", "authorization_success"]
        assert till.at_the_bank(payment_id).authorized == 1250

    def test_ends_in_one_charge_when_only_the_webhook_or_the_sweep_is_left(self, till: Till) -> None:
        payment_id = till.left_unknown()

        till.later(minutes=2)

        assert till.seen(payment_id).status == "authorized"
        assert len(till.world.published(PaymentAuthorized)) == 1

    def test_ends_in_one_void_when_it_is_abandoned(self, till: Till) -> None:
        payment_id = till.left_unknown()

        till.void(payment_id)
        till.later(minutes=30)

        bank = till.at_the_bank(payment_id)
        assert (bank.authorized, bank.voided, bank.captured) == (1250, 1250, 0)
        assert till.seen(payment_id).status == "voided"
        assert till.seen(payment_id).authorized.amount == 0


class TestSlowToken:
    def test_answers_late(self, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
        waited: list[float] = []
        monkeypatch.setattr(provider, "sleep", waited.append)

        assert till.authorize("tok_slow").status == "authorized"

        assert waited == [3.0]

    def test_is_not_waited_for_longer_than_the_caller_waits(self, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
        from storefront.calls.deadline import within

        monkeypatch.setattr(provider, "sleep", lambda _seconds: None)
        payment_id = new_id("pay")

        with within(1.0), pytest.raises(OutcomeUnknown):
            till.authorize("tok_slow", payment_id=payment_id)

        till.later(minutes=2)
        assert till.seen(payment_id).status == "authorized"


class TestFlakyToken:
    def test_works_at_the_third_attempt_of_the_platform(self, till: Till) -> None:
        view = till.authorize("tok_flaky")

        assert view.status == "authorized"
        assert till.kinds(view.id) == ["authorization_request", "authorization_success"]


class TestChallengeToken:
    def challenged(self, till: Till) -> tuple[str, str]:
        payment_id = new_id("pay")
        with pytest.raises(ActionRequired) as refusal:
            till.authorize("tok_3ds", payment_id=payment_id)
        return payment_id, refusal.value.action_url

    def test_asks_for_an_action_and_sets_nothing_aside(self, till: Till) -> None:
        payment_id, _ = self.challenged(till)

        assert till.seen(payment_id).status == "action_required"
        assert till.at_the_bank(payment_id).authorized == 0

    def test_is_approved_on_the_banks_page_and_settled_by_the_return(self, till: Till) -> None:
        payment_id, url = self.challenged(till)

        page = till.world.client.get(url)
        answer = till.world.client.post(url, {"decision": "approve"}, follow=True)

        assert page.status_code == 200
        assert "confirmed" in answer.content.decode().lower()
        assert till.seen(payment_id).status == "authorized"
        assert till.authorize("tok_3ds", payment_id=payment_id).status == "authorized"

    def test_is_settled_by_the_webhook_when_the_browser_never_returns(self, till: Till) -> None:
        payment_id, url = self.challenged(till)

        till.world.client.post(url, {"decision": "approve"})
        till.later(seconds=2)

        assert till.seen(payment_id).status == "authorized"
        assert WebhookReceipt.objects.get().result == "settled"

    def test_is_settled_by_completing_again_before_any_webhook(self, till: Till) -> None:
        payment_id, url = self.challenged(till)
        till.world.client.post(url, {"decision": "approve"})

        assert till.authorize("tok_3ds", payment_id=payment_id).status == "authorized"

        till.later(minutes=5)
        assert len(till.world.published(PaymentAuthorized)) == 1

    def test_asks_again_while_nothing_was_confirmed(self, till: Till) -> None:
        payment_id, url = self.challenged(till)

        with pytest.raises(ActionRequired) as refusal:
            till.authorize("tok_3ds", payment_id=payment_id)

        assert refusal.value.action_url == url

    def test_fails_when_it_is_denied(self, till: Till) -> None:
        payment_id, url = self.challenged(till)

        till.world.client.post(url, {"decision": "deny"}, follow=True)

        with pytest.raises(PaymentDeclined, match="confirmation_denied"):
            till.authorize("tok_3ds", payment_id=payment_id)

    def test_is_voided_when_nobody_confirms_for_half_an_hour(self, till: Till) -> None:
        payment_id, url = self.challenged(till)

        till.later(minutes=31)

        assert till.seen(payment_id).status == "voided"
        assert till.world.client.post(url, {"decision": "approve"}).status_code == 409
        assert till.at_the_bank(payment_id).authorized == 0


class TestMisbehavingWebhooks:
    @pytest.mark.parametrize("token", ["tok_duplicate_webhook", "tok_late_webhook", "tok_out_of_order"])
    def test_change_nothing_that_is_settled(self, till: Till, token: str) -> None:
        view = till.paid(token)

        till.later(seconds=2)
        till.later(minutes=11)

        assert till.kinds(view.id) == [
            "authorization_request", "authorization_success", "charge_request", "charge_success",
        ]
        assert WebhookReceipt.objects.filter(handled_at__isnull=False).count() == 2
        assert len(till.world.published(PaymentCaptured)) == 1

    def test_come_late(self, till: Till) -> None:
        till.authorize("tok_late_webhook")

        till.later(minutes=9)
        assert not WebhookReceipt.objects.exists()

        till.later(minutes=2)
        assert WebhookReceipt.objects.count() == 1

    def test_come_out_of_order(self, till: Till) -> None:
        till.paid("tok_out_of_order")

        till.later(seconds=2)
        till.later(minutes=2)

        names = list(WebhookReceipt.objects.order_by("id").values_list("name", flat=True))
        assert names == ["payment.captured", "payment.authorized"]


class TestChargebackToken:
    def test_is_disputed_after_the_capture(self, till: Till) -> None:
        view = till.paid("tok_chargeback")
        assert view.status == "captured"

        till.later(seconds=2)

        assert till.seen(view.id).status == "disputed"
        assert till.kinds(view.id)[-1] == "chargeback"
        assert [event.amount.amount for event in till.world.published(PaymentDisputed)] == [1250]
