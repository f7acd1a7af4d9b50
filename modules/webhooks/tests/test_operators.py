"""An operator sees what fails, why and for how long, and sends it, skips it or replays it: by hand or by command."""

import re
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils.formats import date_format

from modules.webhooks.matters import disabled_endpoints, failing_endpoints, given_up
from modules.webhooks.models import Endpoint, Message
from modules.webhooks.tests.desk import Desk, canceled, placed
from modules.webhooks.tests.receiver import Receiver

pytestmark = pytest.mark.proves("S21")


@pytest.fixture
def operator(desk: Desk, client: Client) -> Client:
    client.force_login(User.objects.create_superuser("ada"))
    return client


@pytest.fixture
def failing(desk: Desk, receiver: Receiver) -> dict[str, Any]:
    endpoint = desk.register(receiver.url)
    receiver.usual = (500, {}, b"<script>alert(1)</script>")
    desk.happen(placed(), canceled())
    desk.later(seconds=1)
    return endpoint


def page(client: Client, name: str, *args: object, **query: str) -> str:
    text: str = client.get(reverse(f"admin:webhooks_{name}", args=args), query).content.decode()
    return text.replace("\xa0", " ")


def act(client: Client, model: str, action: str, *chosen: object) -> None:
    answer = client.post(
        reverse(f"admin:webhooks_{model}_changelist"),
        {"action": action, "_selected_action": [str(each) for each in chosen]},
    )
    assert answer.status_code == 302


def said(*words: str) -> str:
    out = StringIO()
    call_command("webhooks", *words, stdout=out)
    return out.getvalue()


def commands() -> list[tuple[str, str]]:
    rows = apps.get_model("webhooks", "AuditEntry").objects.exclude(operator_name="ERP").order_by("id")
    return [(row.operator, row.command) for row in rows]


def beside(label: str, shown: str) -> str:
    """What stands beside a label of a page."""
    rest = re.sub(r"<[^>]*>", "", shown.split(f"{label}</label>", 1)[1])
    return next(line.strip() for line in rest.splitlines() if line.strip())


class TestTheAdmin:
    def test_tells_cause_and_age(self, operator: Client, desk: Desk, failing: dict[str, Any]) -> None:
        desk.world.clock.advance(hours=5)

        assert "It answered 500." in page(operator, "message_changelist")
        assert "5 hours" in page(operator, "message_changelist")
        assert "failing" in page(operator, "endpoint_changelist", condition="failing")
        assert "5 hours" in page(operator, "endpoint_changelist")

    def test_shows_answers_as_text_and_no_secret(self, operator: Client, desk: Desk, failing: dict[str, Any]) -> None:
        shown = page(operator, "message_change", desk.messages(failing)[0].pk)

        assert "&lt;script&gt;" in shown
        assert "<script>alert(1)" not in shown
        assert failing["secret"] not in shown + page(operator, "endpoint_change", failing["id"])
        assert desk.row(failing).secret not in page(operator, "endpoint_change", failing["id"])

    def test_says_in_words_why_an_endpoint_is_disabled_and_what_it_hears(
        self, operator: Client, desk: Desk, failing: dict[str, Any]
    ) -> None:
        names = "order.placed order.canceled payment.captured shipment.dispatched"
        Endpoint.objects.update(status="disabled", disabled_reason="key_revoked", events=names)

        assert "The key by which it was made is revoked." in page(operator, "endpoint_change", failing["id"])
        assert names.replace(" ", ", ") in page(operator, "endpoint_change", failing["id"])
        assert "order.placed, order.canceled and 2 more" in page(operator, "endpoint_changelist")

    def test_shows_what_is_sent_laid_out_and_when_it_is_tried_next(
        self, operator: Client, desk: Desk, failing: dict[str, Any]
    ) -> None:
        message = desk.messages(failing)[0]
        waiting = page(operator, "message_change", message.pk)
        Message.objects.filter(pk=message.pk).update(status="given_up")

        assert "<pre>{\n  &quot;" in waiting
        assert beside("Next attempt", waiting) == date_format(message.next_at, "DATETIME_FORMAT")
        assert beside("Next attempt", page(operator, "message_change", message.pk)) == "-"

    def test_says_what_became_of_what_was_chosen(self, operator: Client, desk: Desk, failing: dict[str, Any]) -> None:
        act(operator, "message", "skip_messages", desk.messages(failing)[0].pk)

        assert "order.placed for ERP: is not sent any more." in page(operator, "message_changelist")

    def test_sends_now_skips_and_sends_again(
        self, operator: Client, desk: Desk, failing: dict[str, Any], receiver: Receiver
    ) -> None:
        first, second = desk.messages(failing)

        act(operator, "message", "skip_messages", first.pk)
        receiver.usual = 204
        desk.later(seconds=2)
        assert [message.status for message in desk.messages(failing)] == ["skipped", "delivered"]

        act(operator, "message", "send_now", first.pk)
        act(operator, "message", "send_again", second.pk)
        desk.later(seconds=2)

        assert [message.status for message in desk.messages(failing)] == ["delivered", "delivered"]
        assert receiver.types == ["order.placed", "order.canceled", "order.placed", "order.canceled"]
        assert commands() == [("ada", "webhooks.skip"), ("ada", "webhooks.retry"), ("ada", "webhooks.replay")]

    def test_disables_enables_and_tests_an_endpoint(
        self, operator: Client, desk: Desk, failing: dict[str, Any], receiver: Receiver
    ) -> None:
        for action in ("disable_endpoints", "enable_endpoints", "send_tests"):
            act(operator, "endpoint", action, failing["id"])

        assert commands() == [("ada", "webhooks.change"), ("ada", "webhooks.change"), ("ada", "webhooks.send_test")]
        assert desk.seen(failing)["status"] == "enabled"

    def test_lets_nobody_act_who_may_only_look(
        self, desk: Desk, client: Client, failing: dict[str, Any]
    ) -> None:
        from django.contrib.auth.models import Permission

        looker = User.objects.create_user("looker", is_staff=True)
        looker.user_permissions.set(Permission.objects.filter(codename__in=("view_endpoint", "view_message")))
        client.force_login(looker)

        client.post(
            reverse("admin:webhooks_endpoint_changelist"),
            {"action": "disable_endpoints", "_selected_action": [failing["id"]]},
        )

        assert desk.seen(failing)["status"] == "enabled"

    def test_has_the_feed(self, operator: Client, failing: dict[str, Any]) -> None:
        assert "order.placed" in page(operator, "fact_changelist")


class TestTheDashboard:
    def test_counts_what_waits_for_somebody(self, desk: Desk, failing: dict[str, Any], receiver: Receiver) -> None:
        assert failing_endpoints().number == 1
        assert failing_endpoints().since is not None
        assert (disabled_endpoints().number, given_up().number) == (0, 0)

        receiver.usual = 410
        desk.later(minutes=1)

        assert (failing_endpoints().number, disabled_endpoints().number) == (0, 1)


class TestTheCommand:
    def test_lists_with_cause_and_age(self, desk: Desk, failing: dict[str, Any]) -> None:
        endpoints, messages = said("endpoints"), said("messages", "--endpoint", failing["id"])

        assert "enabled, failing for" in endpoints
        assert "2 waiting" in endpoints
        assert "1 attempts. It answered 500." in messages

    def test_acts_under_a_name(self, desk: Desk, failing: dict[str, Any], receiver: Receiver) -> None:
        first, _ = desk.messages(failing)
        receiver.usual = 204

        said("retry", str(first.pk))
        said("test", failing["id"])
        said("disable", failing["id"])
        said("enable", failing["id"])
        desk.later(seconds=2)
        said("replay", failing["id"], "--event", first.fact.event_id)
        said("replay", failing["id"], "--since", "2020-01-01T00:00:00Z")

        assert {name.partition(":")[0] for name, _ in commands()} == {"command line"}
        assert [command for _, command in commands()] == [
            "webhooks.retry", "webhooks.send_test", "webhooks.change", "webhooks.change", "webhooks.replay",
            "webhooks.replay",
        ]

    @pytest.mark.parametrize(
        "words", [("skip", "999"), ("retry", "999"), ("enable", "whe_x"), ("replay", "whe_x", "--event", "evt_x")]
    )
    def test_says_what_there_is_not(self, desk: Desk, words: tuple[str, ...]) -> None:
        with pytest.raises(CommandError, match="with the id"):
            said(*words)

    def test_wants_to_know_what_to_replay(self, desk: Desk, failing: dict[str, Any]) -> None:
        with pytest.raises(CommandError, match="Say which"):
            said("replay", failing["id"])
