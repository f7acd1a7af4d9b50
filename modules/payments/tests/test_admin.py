"""The back office: everything to see, and money moves through the commands."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from modules.payments.models import WebhookReceipt
from modules.payments.sandbox.signature import signed
from modules.payments.tests.till import Till


@pytest.fixture
def office(till: Till) -> Any:
    clerk = get_user_model().objects.create_superuser("clerk", "clerk@example.com", "a long enough passphrase")
    till.world.client.force_login(clerk)
    return till.world.client


class TestWindows:
    @pytest.mark.parametrize("model", ["payment", "webhookreceipt", "bankpayment"])
    def test_list_and_refuse_to_add(self, office: Any, till: Till, model: str) -> None:
        till.paid("tok_duplicate_webhook")
        till.later(seconds=2)

        listed = office.get(reverse(f"admin:payments_{model}_changelist"))
        added = office.get(reverse(f"admin:payments_{model}_add"))

        assert (listed.status_code, added.status_code) == (200, 403)

    def test_show_the_ledger(self, office: Any, till: Till) -> None:
        page = office.get(reverse("admin:payments_payment_change", args=[till.paid().id]))

        assert page.status_code == 200
        assert b"charge_success" in page.content
        assert b"12.50 EUR" in page.content


class TestActions:
    def ask(self, office: Any, name: str, payment_id: str, **fields: str) -> Any:
        path = reverse(f"admin:payments_payment_{name}_payment", args=[payment_id])
        key = office.get(path).context["form"]["key"].value()
        return office.post(path, {"key": key, **fields}, follow=True)

    def test_capture_a_part(self, office: Any, till: Till) -> None:
        payment_id = till.authorize().id

        self.ask(office, "capture", payment_id, amount="2.50")

        assert till.seen(payment_id).captured.amount == 250

    def test_refund_with_a_reason(self, office: Any, till: Till) -> None:
        payment_id = till.paid().id

        self.ask(office, "refund", payment_id, amount="1.00", reason="chipped RED-MUG")

        assert till.seen(payment_id).refunded.amount == 100

    def test_void(self, office: Any, till: Till) -> None:
        payment_id = till.authorize().id

        self.ask(office, "void", payment_id)

        assert till.seen(payment_id).status == "voided"

    @pytest.mark.parametrize("amount", ["0", "-1", "0.001", "99.00", "ten"])
    def test_refuse_an_amount_that_cannot_be(self, office: Any, till: Till, amount: str) -> None:
        payment_id = till.authorize().id

        page = self.ask(office, "capture", payment_id, amount=amount)

        assert page.status_code == 200
        assert till.seen(payment_id).captured.amount == 0

    def test_replay_a_webhook(self, office: Any, till: Till) -> None:
        body = b'{"type": "payment.sparkled"}'
        till.world.client.post(
            "/api/v1/webhooks/payments/sandbox", body, content_type="application/json", headers=signed("evt_1", body)
        )
        till.later(seconds=2)

        office.post(
            reverse("admin:payments_webhookreceipt_changelist"),
            {"action": "replay_webhooks", "_selected_action": [WebhookReceipt.objects.get().pk]},
        )

        assert WebhookReceipt.objects.get().next_at is not None

    def test_are_refused_to_those_who_may_only_look(self, office: Any, till: Till) -> None:
        from django.contrib.auth.models import Permission

        looker = get_user_model().objects.create_user("looker", password="another long passphrase", is_staff=True)
        looker.user_permissions.add(Permission.objects.get(codename="view_payment"))
        office.force_login(looker)
        path = reverse("admin:payments_payment_void_payment", args=[till.authorize().id])

        assert office.get(path).status_code == 403
