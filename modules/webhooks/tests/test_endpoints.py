"""Endpoints over the API: whose they are, who may change them, what is told."""

import pytest

from modules.webhooks.models import Endpoint
from modules.webhooks.services import MOST
from modules.webhooks.tests.desk import Desk, canceled, placed
from modules.webhooks.tests.receiver import Receiver
from storefront.ids import new_id

URL = "https://erp.example/hooks"


class TestRegistering:
    def test_tells_the_secret_this_once(self, desk: Desk) -> None:
        made = desk.register(URL, "order.placed", "order.canceled", description="ERP, orders")

        assert made["secret"].startswith("whsec_")
        assert made["events"] == ["order.canceled", "order.placed"]
        assert desk.seen(made) == {name: fact for name, fact in made.items() if name != "secret"}

    def test_twice_with_one_key_makes_one(self, desk: Desk) -> None:
        key = new_id("key")

        first, again = (
            desk.ask("POST", "webhook-endpoints", {"url": URL, "events": ["*"]}, Idempotency_Key=key) for _ in range(2)
        )

        assert first.json() == again.json()
        assert again.headers["Idempotent-Replayed"] == "true"
        assert Endpoint.objects.count() == 1

    @pytest.mark.parametrize("since", ["deleted", "rotated"])
    def test_again_with_its_key_tells_no_secret_of_another_time(self, desk: Desk, since: str) -> None:
        key = new_id("key")
        wanted = {"url": URL, "events": ["*"]}
        made = desk.ask("POST", "webhook-endpoints", wanted, Idempotency_Key=key).json()
        if since == "deleted":
            desk.ask("DELETE", f"webhook-endpoints/{made['id']}")
        else:
            desk.ask("POST", f"webhook-endpoints/{made['id']}/rotate-secret", {"old_for_hours": 1})

        again = desk.ask("POST", "webhook-endpoints", wanted, Idempotency_Key=key)

        code = {"deleted": (404, "not_found"), "rotated": (412, "webhooks.endpoint_changed")}[since]
        assert (again.status_code, again.json()["code"]) == code

    def test_keeps_no_secret_in_the_books_of_calls(self, desk: Desk) -> None:
        from django.apps import apps

        made = desk.register(URL)

        kept = "".join(str(row) for row in apps.get_model("webhooks", "CallKey").objects.values_list("answer"))
        kept += "".join(str(row) for row in apps.get_model("webhooks", "AuditEntry").objects.values_list("changes"))
        assert made["secret"].removeprefix("whsec_") not in kept

    @pytest.mark.parametrize("events", [["order.eaten"], [], ["payment.authorized"], ["webhook.test"]])
    def test_for_what_is_not_public_is_refused(self, desk: Desk, events: list[str]) -> None:
        answer = desk.ask("POST", "webhook-endpoints", {"url": URL, "events": events})

        assert (answer.status_code, answer.json()["code"]) == (422, "webhooks.unknown_events")

    def test_for_more_than_the_key_may_read_is_refused(self, desk: Desk) -> None:
        clerk = Desk(desk.world, name="Clerk", scopes=["webhooks:write", "stock:read"])

        answer = clerk.ask("POST", "webhook-endpoints", {"url": URL, "events": ["order.placed"]})

        assert (answer.status_code, answer.json()["code"]) == (422, "webhooks.unknown_events")

    def test_has_an_end(self, desk: Desk) -> None:
        for number in range(MOST):
            desk.register(f"{URL}/{number}")

        answer = desk.ask("POST", "webhook-endpoints", {"url": URL, "events": ["*"]})

        assert (answer.status_code, answer.json()["code"]) == (409, "webhooks.too_many_endpoints")

    def test_leaves_its_row_in_the_audit_log(self, desk: Desk) -> None:
        from django.apps import apps

        desk.register(URL)

        entry = apps.get_model("webhooks", "AuditEntry").objects.get()
        assert (entry.command, entry.operator_name, entry.outcome) == ("webhooks.register", "ERP", "done")


@pytest.mark.proves("S1")
class TestAnothersEndpoint:
    @pytest.mark.parametrize(
        ("method", "tail", "body"),
        [
            ("GET", "", None), ("PATCH", "", {"status": "disabled"}), ("DELETE", "", None),
            ("POST", "/rotate-secret", {}), ("POST", "/test", {}), ("POST", "/replay", {}), ("GET", "/messages", None),
        ],
    )
    def test_is_not_found(self, desk: Desk, method: str, tail: str, body: object) -> None:
        made = desk.register(URL)
        stranger = Desk(desk.world, name="Stranger")

        answer = stranger.ask(method, f"webhook-endpoints/{made['id']}{tail}", body, If_Match="*")

        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert desk.row(made).version == 1

    def test_is_in_nobody_elses_list(self, desk: Desk) -> None:
        made = desk.register(URL)

        assert [each["id"] for each in desk.ask("GET", "webhook-endpoints").json()["data"]] == [made["id"]]
        assert Desk(desk.world, name="Stranger").ask("GET", "webhook-endpoints").json()["data"] == []

    @pytest.mark.parametrize("scopes", [["orders:read"], ["webhooks:read"]])
    def test_nor_ones_own_without_the_scope_to_change_it(self, desk: Desk, scopes: list[str]) -> None:
        made = desk.register(URL)
        reader = Desk(desk.world, scopes=scopes)

        assert reader.change(made, status="disabled").status_code == 403


class TestChanging:
    def test_needs_the_version_that_was_read(self, desk: Desk) -> None:
        made = desk.register(URL)
        path = f"webhook-endpoints/{made['id']}"

        without = desk.ask("PATCH", path, {"description": "x"})
        stale = desk.ask("PATCH", path, {"description": "x"}, If_Match='"7"')
        fresh = desk.ask("PATCH", path, {"description": "x"}, If_Match='"1"')

        assert [without.status_code, stale.status_code, fresh.status_code] == [428, 412, 200]
        assert stale.json()["code"] == "webhooks.endpoint_changed"
        assert fresh.headers["ETag"] == '"2"'

    def test_changes_only_what_is_given(self, desk: Desk) -> None:
        made = desk.register(URL, "order.placed", description="ERP")

        changed = desk.change(made, events=["order.canceled"]).json()

        assert (changed["url"], changed["description"], changed["events"]) == (URL, "ERP", ["order.canceled"])

    def test_disables_and_hears_nothing_meanwhile(self, desk: Desk, receiver: Receiver) -> None:
        made = desk.register(receiver.url)
        desk.change(made, status="disabled")
        desk.happen(placed())
        desk.later(seconds=2)

        assert desk.seen(made)["disabled_reason"] == "asked"
        assert receiver.had == []

    def test_deletes_with_what_waits(self, desk: Desk, receiver: Receiver) -> None:
        made = desk.register(receiver.url)
        desk.happen(placed())

        assert desk.ask("DELETE", f"webhook-endpoints/{made['id']}").status_code == 204
        desk.world.settle()

        assert receiver.had == []
        assert desk.ask("GET", f"webhook-endpoints/{made['id']}").status_code == 404


class TestReplaying:
    def test_of_one_event_sends_it_again_under_its_id(self, desk: Desk, receiver: Receiver) -> None:
        made = desk.register(receiver.url)
        event_id, _ = desk.happen(placed(), canceled())
        desk.world.settle()

        answer = desk.ask("POST", f"webhook-endpoints/{made['id']}/replay", {"event": event_id})
        desk.later(seconds=2)

        assert (answer.status_code, answer.json()) == (202, {"queued": 1, "more_after": None})
        assert [each.id for each in receiver.had].count(event_id) == 2
        assert len(receiver.had) == 3

    def test_of_a_span_of_time_brings_what_was_missed_in_order(self, desk: Desk, receiver: Receiver) -> None:
        desk.happen(placed("ord_0"))
        desk.world.clock.advance(hours=1)
        since = desk.world_time()
        missed = desk.happen(placed("ord_1"), canceled("ord_1"), placed("ord_2"))
        desk.world.clock.advance(hours=1)
        until = desk.world_time()
        desk.happen(placed("ord_3"))
        made = desk.register(receiver.url)

        answer = desk.ask("POST", f"webhook-endpoints/{made['id']}/replay", {"since": since, "until": until})
        desk.world.settle()

        assert answer.json()["queued"] == 3
        assert [each.id for each in receiver.had] == missed

    def test_goes_on_where_it_stopped(
        self, desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("modules.webhooks.replaying.MOST", 4)
        ids = desk.happen(*(placed(f"ord_{number}") for number in range(10)))
        made = desk.register(receiver.url)
        path, after, queued = f"webhook-endpoints/{made['id']}/replay", None, 0

        while True:
            told = desk.ask("POST", path, {"after": after} if after else {}).json()
            queued, after = queued + told["queued"], told["more_after"]
            if after is None:
                break
        desk.world.settle()

        assert queued == 10
        assert [each.id for each in receiver.had] == ids

    @pytest.mark.parametrize("body", [{"event": "evt_of_nobody"}, {"after": "evt_of_nobody"}])
    def test_of_what_never_was_is_not_found(self, desk: Desk, body: dict[str, str]) -> None:
        made = desk.register(URL)

        assert desk.ask("POST", f"webhook-endpoints/{made['id']}/replay", body).status_code == 404

    def test_of_a_time_that_is_no_instant_is_refused(self, desk: Desk) -> None:
        made = desk.register(URL)

        answer = desk.ask("POST", f"webhook-endpoints/{made['id']}/replay", {"since": "2026-01-01T00:00:00"})

        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_body")
