"""An operator sees what senders have told, why it came to nothing, and has it handled again: by hand or by command."""

from datetime import UTC, datetime
from io import StringIO
from random import Random
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from modules.payments import webhooks
from modules.payments.models import WebhookReceipt
from modules.shipping.models import CarrierReport, Shipment
from storefront.testing.world import World
from tests.webhooks.senders import Bank, Carrier, Letter, in_rotation, letter, secret

pytestmark = pytest.mark.proves("R13", "S21")

OF_NOBODY = letter("payment.authorized", key="authorize:pay_OF_NOBODY", note="<script>alert(1)</script>")
STRANGER = Letter("evt_stranger", b'{"type": "tracking.updated", "data": {"tracking_number": "SBX0", "status": '
                  b'"delivered", "occurred_at": "2026-01-01T00:00:00Z"}}')


@pytest.fixture
def operator(world: World, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    client = Client()
    client.force_login(User.objects.create_superuser("ada"))
    with in_rotation(settings, monkeypatch):
        Bank(world).deliver(OF_NOBODY)
        Carrier(world).deliver(STRANGER)
        world.settle()
        yield client


def page(client: Client, name: str, *args: object) -> str:
    text: str = client.get(reverse(f"admin:{name}", args=args)).content.decode()
    return text.replace("\xa0", " ")


def said(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def acts(module: str) -> list[tuple[str, str, str]]:
    from django.apps import apps

    rows = apps.get_model(module, "AuditEntry").objects.order_by("id")
    return [(row.operator, row.action, row.object_id) for row in rows]


class TestThePaymentInbox:
    def test_tells_cause_and_age(self, operator: Client, world: World) -> None:
        world.clock.advance(hours=2)

        shown = page(operator, "payments_webhookreceipt_changelist")

        assert "NotYet" in shown
        assert "2 hours" in shown

    def test_shows_the_body_as_it_came_and_no_secret(self, operator: Client) -> None:
        shown = page(operator, "payments_webhookreceipt_change", WebhookReceipt.objects.get().pk)

        assert "&lt;script&gt;" in shown
        assert "<script>alert(1)" not in shown
        assert "v1," not in shown
        assert secret("bank new") not in shown

    def test_handles_one_again_by_hand(self, operator: Client) -> None:
        receipt = WebhookReceipt.objects.get()
        WebhookReceipt.objects.update(next_at=None, attempts=webhooks.GIVE_UP_AFTER)

        operator.post(reverse("admin:payments_webhookreceipt_changelist"), {
            "action": "replay_webhooks", "_selected_action": [str(receipt.pk)],
        })

        receipt.refresh_from_db()
        assert (webhooks.state_of(receipt), receipt.attempts) == ("waiting", 0)
        assert acts("payments") == [("ada", "replay_webhooks", str(receipt.pk))]

    def test_is_read_and_replayed_by_command(self, operator: Client) -> None:
        receipt = WebhookReceipt.objects.get()

        assert f"#{receipt.pk} sandbox payment.authorized" in said("payment_webhooks", "list")
        assert "NotYet" in said("payment_webhooks", "list", "--all")
        assert "pay_OF_NOBODY" in said("payment_webhooks", "show", str(receipt.pk))
        assert "handled again" in said("payment_webhooks", "replay", str(receipt.pk))
        operator_name, action, object_id = acts("payments")[-1]
        assert operator_name.startswith("command line: ")
        assert (action, object_id) == ("replay webhook", str(receipt.pk))

    def test_has_no_other(self, operator: Client) -> None:
        with pytest.raises(CommandError, match="no webhook 999"):
            said("payment_webhooks", "replay", "999")


class TestTheCarriersInbox:
    def test_tells_cause_and_age(self, operator: Client, world: World) -> None:
        world.clock.advance(days=3)

        shown = page(operator, "shipping_carrierreport_changelist")

        assert "unmatched" in shown
        assert "3 days" in shown

    def test_is_read_and_replayed_by_command(self, operator: Client, world: World) -> None:
        report = CarrierReport.objects.get()
        Carrier(world).letters(1, Random(1))
        Shipment.objects.update(tracking_number="SBX0", created_at=datetime(2025, 12, 31, tzinfo=UTC))

        assert "unmatched" in said("carrier_reports", "list")
        assert "SBX0" in said("carrier_reports", "show", str(report.pk))
        assert "handled again" in said("carrier_reports", "replay", str(report.pk))
        world.settle()

        assert Shipment.objects.get().status == "delivered"
        assert said("carrier_reports", "list") == "None.\n"
        assert "applied" in said("carrier_reports", "list", "--all")
        assert acts("shipping")[-1][1:] == ("replay report", str(report.pk))

    def test_has_no_other(self, operator: Client) -> None:
        with pytest.raises(CommandError, match="no report 999"):
            said("carrier_reports", "show", "999")


class TestAnEmptyInbox:
    @pytest.mark.parametrize(
        "words", ["payment_webhooks list", "carrier_reports list", "webhooks endpoints", "webhooks messages"]
    )
    def test_says_so_by_command(self, words: str, world: World) -> None:
        assert said(*words.split()) == "None.\n"
