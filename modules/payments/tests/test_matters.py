"""What of payments waits for an operator is on the dashboard, and its entry leads to it."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from modules.payments import webhooks
from modules.payments.models import Payment, WebhookReceipt
from modules.payments.sandbox.signature import signed
from modules.payments.tests.till import Till
from storefront.followup.matter import Matter, matters

NOTICE = b'{"type": "payment.authorized", "key": "authorize:pay_OF_NOBODY"}'


@pytest.fixture
def office(till: Till) -> Any:
    till.world.client.force_login(get_user_model().objects.create_superuser("clerk"))
    return till.world.client


def notice_of_nobody(till: Till) -> WebhookReceipt:
    till.world.client.post(
        "/api/v1/webhooks/payments/sandbox", NOTICE, content_type="application/json", headers=signed("evt_1", NOTICE)
    )
    return WebhookReceipt.objects.get()


def seen() -> list[tuple[str, int]]:
    return [(each.title, each.count) for each in matters(("payments",))]


def listed(office: Any, matter: Matter) -> list[Any]:
    """What the list shows that the entry leads to."""
    answer = office.get(f"/admin/{matter.page}")
    assert answer.status_code == 200
    return list(answer.context["cl"].result_list)


class TestAWebhookThatIsGivenUp:
    def test_is_shown_with_its_age_until_it_is_handled_again(self, till: Till, office: Any) -> None:
        receipt = notice_of_nobody(till)
        for _ in range(webhooks.GIVE_UP_AFTER - 1):
            till.later(hours=1)
        assert seen() == []

        till.later(hours=1)

        assert seen() == [("Payment webhooks given up", 1)]
        matter, = matters(("payments",))
        assert matter.since == receipt.received_at
        assert listed(office, matter) == [receipt]
        webhooks.replay(receipt.id)
        assert (seen(), listed(office, matter)) == ([], [])

    def test_is_not_one_that_was_handled(self, till: Till, office: Any) -> None:
        till.paid("tok_duplicate_webhook")
        till.later(seconds=2)

        assert WebhookReceipt.objects.exists()
        assert seen() == []


class TestAPaymentWithAnAlarm:
    def test_is_shown_alone(self, till: Till, office: Any) -> None:
        quiet, loud = till.paid(), till.paid()
        Payment.objects.filter(id=loud.id).update(alarm="Its provider speaks of other amounts.")

        assert seen() == [("Payments to look at", 1)]
        assert [payment.id for payment in listed(office, matters(("payments",))[0])] == [loud.id]
        assert {payment.id for payment in office.get("/admin/payments/payment/").context["cl"].result_list} == {
            quiet.id, loud.id,
        }
