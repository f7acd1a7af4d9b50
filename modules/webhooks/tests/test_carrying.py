"""Threads carry messages: a slow endpoint holds up nobody else, and who dies leaves a lease that runs out."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from modules.webhooks import courier
from modules.webhooks.claiming import AT_ONCE, LEASE, claim
from modules.webhooks.tests.desk import Desk, placed
from modules.webhooks.tests.receiver import Receiver
from storefront import clock
from storefront.testing.world import World

LONG = 60.0


@pytest.fixture
def threaded(committed_world: World, settings: Any) -> Desk:
    settings.WEBHOOK_THREADS = 5  # within the pool of connections that a test run has
    return Desk(committed_world)


def wait_until(is_so: Callable[[], bool]) -> None:
    """Sooner or later."""
    pause = threading.Event()
    for _ in range(int(LONG / 0.02)):
        if is_so():
            return
        pause.wait(0.02)
    raise AssertionError("It never became so.")


def idle() -> bool:
    """Whether no thread carries anything."""
    return not courier._rounds


class TestASlowEndpoint:
    @pytest.mark.withstands("webhooks", "endpoint", "slow")
    def test_holds_up_nobody_else_and_has_few_requests_at_a_time(self, threaded: Desk) -> None:
        free, at_once, most = threading.Event(), Counter[str](), [0]
        lock = threading.Lock()

        def hold(_: Any) -> None:
            with lock:
                at_once["slow"] += 1
                most[0] = max(most[0], at_once["slow"])
            free.wait(LONG)
            with lock:
                at_once["slow"] -= 1

        with Receiver() as slow, Receiver() as quick:
            slow.before = hold
            threaded.register(slow.url)
            threaded.register(quick.url)
            threaded.happen(*(placed(f"ord_{number}") for number in range(12)))

            def all_quick() -> bool:
                courier.dispatch()
                return len(quick.had) == 12

            wait_until(all_quick)
            assert len(slow.had) <= AT_ONCE
            free.set()

            def all_slow() -> bool:
                courier.dispatch()
                return len(slow.had) == 12

            wait_until(all_slow)
            wait_until(idle)
        assert most[0] <= AT_ONCE
        assert len({each.id for each in slow.had}) == 12


class TestManyCarriers:
    def test_send_each_message_once_and_in_order(self, committed_world: World, settings: Any) -> None:
        desk = Desk(committed_world)
        with Receiver() as receiver:
            endpoint = desk.register(receiver.url)
            for _ in range(5):
                desk.happen(*(placed(f"ord_{number}") for number in range(4)))

            def carry() -> None:
                try:
                    courier.carry(endpoint["id"])
                finally:
                    connections.close_all()

            for _ in range(20):
                threads = [threading.Thread(target=carry) for _ in range(3)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join(LONG)
                if all(message.status == "delivered" for message in desk.messages(endpoint)):
                    break

            ids = [each.id for each in receiver.had]
            order = [message.fact.event_id for message in desk.messages(endpoint)]
            subjects = {each.id: each.told["data"]["order_id"] for each in receiver.had}
        assert sorted(ids) == sorted(order)
        for subject in set(subjects.values()):
            assert [each for each in ids if subjects[each] == subject] == [
                each for each in order if subjects[each] == subject
            ]


class TestWhoDies:
    def test_leaves_the_message_to_the_next_after_its_lease(self, desk: Desk, receiver: Receiver) -> None:
        endpoint = desk.register(receiver.url)
        event_id, = desk.happen(placed())
        taken = claim(endpoint["id"], now=clock.now())
        assert taken is not None  # and then nothing more is heard of whoever took it

        desk.later(seconds=2)
        assert receiver.had == []
        desk.later(seconds=LEASE.total_seconds())

        assert [each.id for each in receiver.had] == [event_id]

    def test_and_comes_back_late_changes_nothing_any_more(self, desk: Desk, receiver: Receiver) -> None:
        from modules.webhooks.sending import send

        endpoint = desk.register(receiver.url)
        desk.happen(placed())
        taken = claim(endpoint["id"], now=clock.now())
        assert taken is not None
        desk.later(seconds=LEASE.total_seconds() + 1)
        receiver.usual = 500

        send(taken)

        message, = desk.messages(endpoint)
        assert (message.status, message.attempts) == ("delivered", 2)
        assert len(receiver.had) == 2, "at least once: the receiver knows it by its id"
