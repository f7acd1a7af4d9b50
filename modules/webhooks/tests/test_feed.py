"""The feed: everything in one order, for whoever comes back after a while."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from modules.webhooks import tasks
from modules.webhooks.models import Fact, Message
from modules.webhooks.tests.desk import Desk, canceled, placed
from modules.webhooks.tests.receiver import Receiver
from storefront import clock
from storefront.testing.world import World


def read_all(desk: Desk, path: str = "events", **query: Any) -> list[dict[str, Any]]:
    """Follow the feed to its end."""
    found: list[dict[str, Any]] = []
    next_one: str | None = f"{path}?limit=3" + "".join(f"&{name}={text}" for name, text in query.items())
    while next_one:
        page = desk.ask("GET", next_one.removeprefix("/api/v1/")).json()
        found += page["data"]
        next_one = page["next"]
    return found


class TestTheFeed:
    def test_tells_all_in_order(self, desk: Desk) -> None:
        ids = desk.happen(*(placed(f"ord_{number}") for number in range(10)))

        told = read_all(desk)

        assert [event["id"] for event in told] == ids
        assert told[0]["type"] == "order.placed"
        assert set(told[0]["data"]) == {"order_id", "number", "total", "skus"}

    def test_goes_on_after_the_last_that_was_seen(self, desk: Desk) -> None:
        ids = desk.happen(placed("ord_1"), placed("ord_2"))

        assert [event["id"] for event in read_all(desk, after=ids[0])] == ids[1:]
        assert read_all(desk, after=ids[1]) == []
        ids += desk.happen(placed("ord_3"))
        assert [event["id"] for event in read_all(desk, after=ids[1])] == ids[2:]

    def test_can_be_read_for_some_types_only(self, desk: Desk) -> None:
        desk.happen(placed(), canceled())

        assert [event["type"] for event in read_all(desk, type="order.canceled")] == ["order.canceled"]

    def test_tells_only_what_the_key_may_read(self, desk: Desk) -> None:
        desk.happen(placed())
        clerk = Desk(desk.world, name="Clerk", scopes=["events:read", "stock:read"])

        assert read_all(clerk) == []
        answer = clerk.ask("GET", "events?type=order.placed")
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_query")

    def test_needs_its_scope(self, desk: Desk) -> None:
        assert Desk(desk.world, name="Clerk", scopes=["orders:read"]).ask("GET", "events").status_code == 403

    def test_says_so_if_it_does_not_go_back_so_far(self, desk: Desk) -> None:
        first, = desk.happen(placed())
        desk.later(days=31)
        second, = desk.happen(placed("ord_2"))

        answer = desk.ask("GET", f"events?after={first}")

        assert (answer.status_code, answer.json()["code"]) == (410, "webhooks.feed_gone")
        assert [event["id"] for event in read_all(desk)] == [second]

    def test_leaves_tests_of_endpoints_out(self, desk: Desk, receiver: Receiver) -> None:
        endpoint = desk.register(receiver.url)
        desk.ask("POST", f"webhook-endpoints/{endpoint['id']}/test", {})
        desk.world.settle()

        assert receiver.types == ["webhook.test"]
        assert read_all(desk) == []


class TestRetention:
    def test_keeps_tables_bounded(self, desk: Desk, receiver: Receiver) -> None:
        desk.register(receiver.url)
        for day in range(80):
            desk.happen(*(placed(f"ord_{day}_{number}") for number in range(5)))
            desk.later(days=1)

        assert len(receiver.had) == 400
        assert Fact.objects.count() <= 31 * 5
        assert Message.objects.count() <= 31 * 5

    def test_keeps_what_somebody_is_still_owed(self, desk: Desk, receiver: Receiver) -> None:
        desk.register(receiver.url)
        receiver.usual = 500
        desk.happen(placed())
        long_ago = clock.now() - tasks.KEEP - timedelta(days=1)
        Message.objects.update(created_at=long_ago)
        Fact.objects.update(recorded_at=long_ago)

        desk.world.settle()

        assert (Fact.objects.count(), Message.objects.count()) == (1, 1)

    def test_clears_away_what_waits_for_an_endpoint_that_stays_disabled(self, desk: Desk, receiver: Receiver) -> None:
        endpoint = desk.register(receiver.url)
        receiver.usual = 410
        desk.happen(placed())

        desk.later(seconds=2)
        desk.later(days=31)

        assert desk.messages(endpoint) == []
        assert Fact.objects.count() <= 1  # that it was disabled


class TestManyWritersAtOnce:
    def test_give_no_reader_a_gap(self, committed_world: World) -> None:
        """A number that was seen has no lower one that comes later."""
        desk, seen, gaps = Desk(committed_world), set[int](), []
        over = threading.Event()

        def write(name: str) -> None:
            try:
                for number in range(25):
                    desk.happen(placed(f"ord_{name}_{number}"))
            finally:
                connections.close_all()

        def read() -> None:
            try:
                while not over.is_set():
                    found = set(Fact.objects.values_list("id", flat=True))
                    new = found - seen
                    if seen and new and min(new) < max(seen):
                        gaps.append((min(new), max(seen)))
                    seen.update(found)
            finally:
                connections.close_all()

        writers = [threading.Thread(target=write, args=(name,)) for name in "abc"]
        reader = threading.Thread(target=read)
        for thread in (*writers, reader):
            thread.start()
        for thread in writers:
            thread.join(60)
        over.set()
        reader.join(60)

        assert Fact.objects.count() == 75
        assert gaps == []


@pytest.mark.parametrize("limit", ["0", "101", "x", "-1"])
def test_a_page_has_a_limit(desk: Desk, limit: str) -> None:
    assert desk.ask("GET", f"events?limit={limit}").status_code == 422
