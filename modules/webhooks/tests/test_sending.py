"""What happens is sent, signed, in order, again if need be, and not for ever."""

from datetime import timedelta

import pytest

from modules.webhooks import retrying
from modules.webhooks.events import EndpointDisabled
from modules.webhooks.models import Fact, Message
from modules.webhooks.tests.desk import Desk, canceled, flagged, placed
from modules.webhooks.tests.receiver import Receiver
from storefront import clock
from storefront.rest import keys


class TestAFact:
    def test_is_sent_to_who_asked_for_it(self, desk: Desk, receiver: Receiver) -> None:
        endpoint = desk.register(receiver.url, "order.placed")

        event_id, _ = desk.happen(placed(), canceled())
        desk.world.settle()

        got, = receiver.had
        assert (got.path, got.id) == ("/hooks", event_id)
        assert got.told["id"] == event_id
        assert got.told["type"] == "order.placed"
        assert got.told["data"]["total"] == {"amount": 2_500, "currency": "EUR"}
        assert [message.status for message in desk.messages(endpoint)] == ["delivered"]

    def test_is_told_without_what_is_secret_or_personal(self, desk: Desk, receiver: Receiver) -> None:
        desk.register(receiver.url)

        desk.happen(placed())
        desk.world.settle()

        assert set(receiver.had[0].told["data"]) == {"order_id", "number", "total", "skus"}
        assert b"SECRET" not in receiver.had[0].body
        assert b"ada@" not in receiver.had[0].body
        assert "ada@" not in Fact.objects.get().payload

    def test_is_recorded_and_sent_once_however_often_it_is_delivered(self, desk: Desk, receiver: Receiver) -> None:
        from modules.webhooks.tests.desk import enveloped
        from storefront.events.inbox import consume

        desk.register(receiver.url)
        envelope = enveloped(placed())

        for replay in ("", "", "rpl_1", "rpl_2"):
            consume("webhooks", [type(envelope)(**{
                name: getattr(envelope, name) for name in envelope.__struct_fields__ if name != "replay"
            }, replay=replay)])
        desk.world.settle()

        assert len(receiver.had) == 1
        assert Fact.objects.count() == 1

    def test_that_the_key_may_not_read_is_not_sent(self, desk: Desk, receiver: Receiver) -> None:
        clerk = Desk(desk.world, name="Clerk", scopes=["webhooks:read", "webhooks:write", "stock:read"])
        clerk.register(receiver.url)

        desk.happen(placed())
        desk.world.settle()

        assert receiver.had == []


class TestASignature:
    def test_verifies_with_the_secret_that_was_told(self, desk: Desk, receiver: Receiver) -> None:
        endpoint = desk.register(receiver.url)

        desk.happen(placed())
        desk.world.settle()

        assert receiver.had[0].is_signed_with(endpoint["secret"])
        assert not receiver.had[0].is_signed_with("whsec_" + "QUJD" * 11)

    def test_is_made_with_both_secrets_during_a_rotation(self, desk: Desk, receiver: Receiver) -> None:
        old = desk.register(receiver.url)
        new = desk.ask("POST", f"webhook-endpoints/{old['id']}/rotate-secret", {"old_for_hours": 2}).json()

        desk.happen(placed("ord_1"))
        desk.world.settle()
        desk.world.clock.advance(hours=3)
        desk.happen(placed("ord_2"))
        desk.world.settle()

        during, after = receiver.had
        assert new["secret"] != old["secret"]
        assert during.is_signed_with(old["secret"])
        assert during.is_signed_with(new["secret"])
        assert not after.is_signed_with(old["secret"])
        assert after.is_signed_with(new["secret"])

    def test_can_be_changed_at_once_after_a_leak(self, desk: Desk, receiver: Receiver) -> None:
        old = desk.register(receiver.url)
        desk.ask("POST", f"webhook-endpoints/{old['id']}/rotate-secret", {"old_for_hours": 0})

        desk.happen(placed())
        desk.world.settle()

        assert not receiver.had[0].is_signed_with(old["secret"])

    def test_secrets_are_sealed_at_rest(self, desk: Desk, receiver: Receiver) -> None:
        endpoint = desk.register(receiver.url)
        desk.ask("POST", f"webhook-endpoints/{endpoint['id']}/rotate-secret", {})

        row = desk.row(endpoint)

        assert endpoint["secret"].removeprefix("whsec_") not in row.secret + row.old_secret
        assert "secret" not in desk.seen(endpoint)


class TestAFailure:
    def test_is_tried_again_with_the_same_id_and_body(self, desk: Desk, receiver: Receiver) -> None:
        endpoint = desk.register(receiver.url)
        receiver.answers = [500, 503]
        desk.happen(placed())

        desk.world.settle()
        desk.later(seconds=7)
        desk.later(seconds=25)

        assert len({(each.id, each.body) for each in receiver.had}) == 1
        assert len(receiver.had) == 3
        assert [message.status for message in desk.messages(endpoint)] == ["delivered"]
        assert desk.seen(endpoint)["failing_since"] is None

    def test_tells_its_cause_and_the_first_of_the_answer(self, desk: Desk, receiver: Receiver) -> None:
        endpoint = desk.register(receiver.url)
        receiver.usual = (500, {}, b"<h1>Database is down\0</h1>" + b"x" * 5_000)
        desk.happen(placed())

        desk.world.settle()

        message, = desk.messages(endpoint)
        assert (message.attempts, message.answer_status, message.cause) == (1, 500, "It answered 500.")
        assert message.answer.startswith("<h1>Database is down")
        assert len(message.answer) <= 500
        shown = desk.ask("GET", f"webhook-endpoints/{endpoint['id']}/messages?status=pending").json()["data"][0]
        assert (shown["type"], shown["cause"], shown["attempts"]) == ("order.placed", "It answered 500.", 1)
        assert desk.seen(endpoint)["failing_since"] is not None

    @pytest.mark.withstands("webhooks", "endpoint", "down")
    def test_of_somebody_who_is_away_is_a_failure_like_others(self, desk: Desk, receiver: Receiver) -> None:
        with Receiver() as gone:
            url = gone.url
        endpoint = desk.register(url)
        desk.happen(placed())

        desk.world.settle()

        assert "Connection" in desk.messages(endpoint)[0].cause

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_is_a_redirect_which_nobody_follows(self, desk: Desk, receiver: Receiver, status: int) -> None:
        endpoint = desk.register(receiver.url)
        receiver.usual = (status, {"Location": f"{receiver.url}/elsewhere"}, b"")
        desk.happen(placed())

        desk.world.settle()

        assert [each.path for each in receiver.had] == ["/hooks"]
        assert "redirects are not followed" in desk.messages(endpoint)[0].cause

    def test_waits_as_long_as_it_is_asked_to(self, desk: Desk, receiver: Receiver) -> None:
        desk.register(receiver.url)
        receiver.answers = [(429, {"Retry-After": "3600"}, b"")]
        desk.happen(placed())

        desk.world.settle()
        desk.later(minutes=59)
        assert len(receiver.had) == 1

        desk.later(minutes=2)
        assert len(receiver.had) == 2

    def test_is_given_up_after_three_days(self, desk: Desk, receiver: Receiver) -> None:
        endpoint = desk.register(receiver.url)
        receiver.usual = 500
        desk.happen(placed())

        for _ in range(80):
            desk.later(hours=1)

        assert [message.status for message in desk.messages(endpoint)] == ["given_up"]
        assert 12 <= len(receiver.had) <= 22


class TestAnEndpoint:
    def test_that_is_gone_is_disabled_at_once(
        self, desk: Desk, receiver: Receiver, caplog: pytest.LogCaptureFixture
    ) -> None:
        endpoint = desk.register(receiver.url)
        receiver.usual = 410
        desk.happen(placed("ord_1"), placed("ord_2"))

        desk.world.settle()
        desk.later(days=2)

        seen = desk.seen(endpoint)
        assert (seen["status"], seen["disabled_reason"]) == ("disabled", "gone")
        assert len(receiver.had) <= 2
        assert [event.reason for event in desk.world.published(EndpointDisabled)] == ["gone"]
        assert "A webhook endpoint was disabled." in caplog.text

    def test_that_fails_for_three_days_is_disabled_and_its_owner_told(self, desk: Desk, receiver: Receiver) -> None:
        with Receiver() as other:
            endpoint = desk.register(receiver.url)
            desk.register(other.url, "webhook_endpoint.disabled")
            stranger = Desk(desk.world, name="Stranger")
            with Receiver() as third:
                stranger.register(third.url, "webhook_endpoint.disabled")
                receiver.usual = 500
                desk.happen(placed())
                for _ in range(80):
                    desk.later(hours=1)

                told = other.had[0].told["data"]
                assert third.had == []
        assert (told["endpoint_id"], told["reason"]) == (endpoint["id"], "failing")
        assert desk.seen(endpoint)["disabled_reason"] == "failing"

    def test_that_succeeds_now_and_then_is_not(self, desk: Desk, receiver: Receiver) -> None:
        endpoint = desk.register(receiver.url)
        for day in range(8):
            receiver.usual = 204 if day % 2 else 500
            desk.happen(placed(f"ord_{day}"))
            desk.later(days=1)

        assert desk.seen(endpoint)["status"] == "enabled"

    def test_that_is_enabled_again_is_sent_what_waited(self, desk: Desk, receiver: Receiver) -> None:
        endpoint = desk.register(receiver.url)
        receiver.answers = [410]
        desk.happen(placed())
        desk.world.settle()

        assert desk.change(endpoint, status="enabled").status_code == 200
        desk.later(seconds=2)

        assert [message.status for message in desk.messages(endpoint)] == ["delivered"]

    def test_whose_key_is_revoked_hears_nothing_more(self, desk: Desk, receiver: Receiver) -> None:
        endpoint = desk.register(receiver.url)
        keys.revoke(desk.row(endpoint).key_prefix)
        desk.happen(placed())

        desk.world.settle()

        assert receiver.had == []
        assert desk.row(endpoint).disabled_reason == "key_revoked"

    def test_is_taken_over_by_the_next_key_of_its_machine(self, desk: Desk, receiver: Receiver) -> None:
        endpoint = desk.register(receiver.url)
        old = desk.row(endpoint).key_prefix
        desk.take_key(["webhooks:read", "webhooks:write", "orders:read"])

        desk.change(endpoint, description="taken over")
        keys.revoke(old)
        desk.happen(placed())
        desk.world.settle()

        assert receiver.types == ["order.placed"]


class TestOrder:
    def test_of_a_subject_is_kept_while_others_pass(self, desk: Desk, receiver: Receiver) -> None:
        desk.register(receiver.url)
        receiver.answers = [500]
        desk.happen(placed("ord_1"), flagged("ord_1"), canceled("ord_1"), placed("ord_2"))

        desk.world.settle()
        early = [(each.told["type"], each.told["data"]["order_id"]) for each in receiver.had]
        desk.later(seconds=7)
        late = [(each.told["type"], each.told["data"]["order_id"]) for each in receiver.had[len(early):]]

        assert early == [("order.placed", "ord_1"), ("order.placed", "ord_2")]
        assert late == [("order.placed", "ord_1"), ("order.flagged", "ord_1"), ("order.canceled", "ord_1")]

    def test_goes_on_behind_what_was_given_up(self, desk: Desk, receiver: Receiver) -> None:
        endpoint = desk.register(receiver.url)
        receiver.usual = 500
        desk.happen(placed())
        desk.world.settle()
        first, = desk.messages(endpoint)
        Message.objects.filter(id=first.id).update(tried_since=clock.now() - timedelta(days=4))
        desk.happen(canceled())

        desk.later(minutes=1)
        receiver.usual = 204
        desk.later(minutes=1)

        assert [message.status for message in desk.messages(endpoint)] == ["given_up", "delivered"]

    def test_would_be_seen_to_break_if_the_head_of_the_line_did_not_count(
        self, desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from django.db.models import Q

        from modules.webhooks import claiming

        monkeypatch.setattr(claiming, "Exists", lambda _: Q(pk=None))
        desk.register(receiver.url)
        receiver.answers = [500]
        desk.happen(placed(), canceled())

        desk.world.settle()

        assert receiver.types == ["order.placed", "order.canceled"]


class TestPauses:
    def test_grow_from_seconds_to_hours_and_end_after_three_days(self) -> None:
        now = began = clock.now()
        pauses = []
        for attempts in range(1, 100):
            again = retrying.next_attempt(attempts, tried_since=began, now=now, chance=0.5)
            if again is None:
                break
            pauses.append(again - now)
            now = again

        assert pauses[:3] == [timedelta(seconds=5), timedelta(seconds=20), timedelta(seconds=80)]
        assert pauses[:-1] == sorted(pauses[:-1])
        assert max(pauses) == timedelta(hours=8)
        assert sum(pauses, timedelta()) == timedelta(days=3)

    def test_differ_by_chance(self) -> None:
        assert retrying.pause_after(3, chance=0.0) == timedelta(seconds=64)
        assert retrying.pause_after(3, chance=1.0) == timedelta(seconds=96)

    @pytest.mark.parametrize("header", ["", "soon", "-5", "1e9", "9" * 400, "Tue, 99 Nov 1994 99:99:99 GMT", "\xb2"])
    def test_ignore_what_makes_no_sense(self, header: str) -> None:
        assert retrying.asked_pause(header, now=clock.now()) == timedelta()
