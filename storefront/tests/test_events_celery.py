"""Facts through a broker: nothing is acknowledged but by the consumer, and the broker may lose what it likes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from storefront.events import broker, http, inbox, outbox, publish, reach
from storefront.events import replay as history
from storefront.events.delivery import Batch, Failure, Receipt
from storefront.events.relay import deliver
from storefront.events.subscription import HANDLERS
from storefront.interface import Unavailable
from storefront.nudge import nudged
from storefront.testing.world import World
from storefront.tests.kitchen import CONSUMER, Kitchen, claimed, open_kitchen, owed, picked
from storefront.tests.toy import MODULE, FruitPicked
from storefront.topology.checks import refuse_a_bad_start
from storefront.topology.plan import BadTopology, Process, Topology

FIG, PLUM = ("FIG", 1), ("PLUM", 2)


def with_broker(settings: Any, url: str, *, modules: tuple[str, ...] = ()) -> None:
    """Facts travel through this broker from now on; the process runs these modules, or all."""
    process = Process("shop", modules or tuple(settings.STOREFRONT_MODULES), "")
    settings.STOREFRONT_TOPOLOGY = Topology("celery", "celery", (process,))
    settings.STOREFRONT_BROKER_URL = url
    forget()


def forget() -> None:
    """As a process that has just started."""
    reach.forget()
    broker.celery_app.cache_clear()
    broker.line.close()


class Worker:
    """Takes messages off the queue of the kitchen, as a Celery worker would."""

    def messages(self) -> list[list[Any]]:
        """The arguments of the tasks that wait; they are gone from the queue then."""
        with broker.line.opened() as channel:
            queue = broker.queue(CONSUMER)(channel)
            found = []
            while message := queue.get(no_ack=True):
                found.append(message.decode()[0])
        return found

    def work(self) -> None:
        """Handle all that waits."""
        for arguments in self.messages():
            self.handle(arguments)

    def handle(self, arguments: list[Any]) -> None:
        """Run one task."""
        from storefront.events.worker import receive

        receive(*arguments)


@pytest.fixture
def worker() -> Worker:
    return Worker()


@pytest.fixture
def kitchen(world: World, settings: Any) -> Iterator[Kitchen]:
    with_broker(settings, "memory://")
    Worker().messages()
    with open_kitchen() as kitchen:
        yield kitchen
    forget()


class TestSending:
    def test_leaves_the_delivery_open_until_the_consumer_has_committed(self, kitchen: Kitchen, worker: Worker) -> None:
        picked(FIG, PLUM)

        deliver(MODULE)
        assert (kitchen.heard, owed()) == ([], 2)

        worker.work()
        assert (kitchen.heard, owed()) == ([FIG, PLUM], 0)

    def test_puts_what_is_owed_into_one_task(self, kitchen: Kitchen, worker: Worker) -> None:
        picked(*(("FIG", number) for number in range(50)))

        deliver(MODULE)

        assert len(worker.messages()) == 1

    @pytest.mark.rival("medusa#4089", "medusa#11633", "medusa#14357")
    @pytest.mark.proves("R7", "I7")
    def test_is_repeated_after_the_lease_when_the_broker_lost_it(
        self, kitchen: Kitchen, worker: Worker, world: World
    ) -> None:
        picked(FIG)
        deliver(MODULE)
        worker.messages()

        deliver(MODULE)
        assert worker.messages() == []

        world.clock.advance(seconds=31)
        deliver(MODULE)
        worker.work()
        assert (kitchen.heard, owed()) == ([FIG], 0)

    @pytest.mark.proves("R6")
    def test_counts_no_failure_while_the_broker_is_away(
        self, kitchen: Kitchen, worker: Worker, world: World, settings: Any
    ) -> None:
        picked(FIG)
        with_broker(settings, "redis://127.0.0.1:9/0")
        for _ in range(12):
            reach.forget()
            deliver(MODULE)
            world.clock.advance(seconds=31)
        row = apps.get_model(MODULE, "Delivery").objects.get()
        assert (row.attempts, row.is_dead) == (0, False)

        with_broker(settings, "memory://")
        deliver(MODULE)
        worker.work()
        assert (kitchen.heard, owed()) == ([FIG], 0)

    def test_gives_back_at_once_what_a_broker_did_not_take(
        self, kitchen: Kitchen, worker: Worker, world: World
    ) -> None:
        picked(FIG)

        def break_off(_: Batch) -> Receipt:
            raise Unavailable("It was there a moment ago.")

        deliver(MODULE, transport=break_off)
        world.clock.advance(seconds=1)

        deliver(MODULE)

        assert len(worker.messages()) == 1

    def test_asks_a_broker_that_is_away_no_more_than_now_and_then(
        self, kitchen: Kitchen, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        picked(FIG)
        with_broker(settings, "redis://127.0.0.1:9/0")
        deliver(MODULE)
        tries: list[str] = []
        monkeypatch.setattr(broker.line, "_open", lambda: tries.append("tried"))

        for _ in range(20):
            deliver(MODULE)

        assert tries == []

    @pytest.mark.proves("R23")
    def test_pauses_when_nobody_empties_the_queue(
        self, kitchen: Kitchen, worker: Worker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(broker, "LONGEST_QUEUE", 3)
        for number in range(5):
            picked((f"FIG-{number}", number))
            deliver(MODULE)

        assert len(worker.messages()) == 3
        deliver(MODULE)
        assert len(worker.messages()) == 1


class TestAcknowledgement:
    def test_that_is_lost_costs_a_repetition_without_effect(
        self, kitchen: Kitchen, worker: Worker, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        picked(FIG)
        deliver(MODULE)
        with monkeypatch.context() as patched:
            patched.setattr(outbox, "settle", None)
            worker.work()
        assert (kitchen.heard, owed()) == ([FIG], 1)

        world.clock.advance(seconds=31)
        deliver(MODULE)
        worker.work()

        assert (kitchen.heard, owed()) == ([FIG], 0)

    def test_of_a_failure_brings_the_cause_to_the_producer(
        self, kitchen: Kitchen, worker: Worker, world: World
    ) -> None:
        kitchen.fails_on = {"FIG"}
        picked(FIG)
        for _ in range(10):
            deliver(MODULE)
            worker.work()
            world.clock.advance(minutes=11)

        letter = history.dead(MODULE).get()

        assert letter.error == "RuntimeError: FIG does not fit."

    @pytest.mark.rival("spring-modulith#1925")
    def test_of_a_failure_from_an_earlier_lease_counts_no_more(self, kitchen: Kitchen, world: World) -> None:
        picked(FIG)
        batch = claimed()
        world.clock.advance(seconds=31)
        again = claimed()
        late = Receipt(failed=(Failure(delivery_id=batch.delivery_ids[0], error="too late"),))

        outbox.settle(MODULE, CONSUMER, late, lease_until=batch.lease_until)

        row = apps.get_model(MODULE, "Delivery").objects.get()
        assert (row.attempts, row.error, row.lease_until) == (0, "", again.lease_until)

    def test_goes_to_another_process_over_http(
        self, kitchen: Kitchen, worker: Worker, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        told: list[Any] = []
        monkeypatch.setattr(http, "send_receipt", lambda *given, **leased: told.append((*given, leased)))
        picked(FIG)
        batch = claimed()
        broker.send(batch)
        settings.STOREFRONT_MODULES = tuple(sorted({*settings.STOREFRONT_MODULES} - {MODULE}))

        worker.work()

        receipt = Receipt(done=batch.delivery_ids)
        assert told == [(MODULE, CONSUMER, receipt, {"lease_until": batch.lease_until})]

    def test_counts_nothing_while_the_consumers_database_is_away(
        self, kitchen: Kitchen, worker: Worker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(*_: Any) -> Receipt:
            raise Unavailable("The database of cart")

        picked(FIG)
        deliver(MODULE)
        with monkeypatch.context() as patched:
            patched.setattr(inbox, "receive", away)
            worker.work()

        row = apps.get_model(MODULE, "Delivery").objects.get()
        assert (row.attempts, row.lease_until < row.next_at) == (0, True)


class TestOrder:
    def test_holds_while_an_earlier_fact_of_the_subject_is_on_its_way(
        self, kitchen: Kitchen, worker: Worker
    ) -> None:
        picked(("FIG", 1), PLUM)
        deliver(MODULE)
        picked(("FIG", 2), ("PEAR", 1))
        deliver(MODULE)
        first, second = worker.messages()

        worker.handle(second)
        assert kitchen.heard == [("PEAR", 1)]

        worker.handle(first)
        deliver(MODULE)
        worker.work()
        assert kitchen.heard == [("PEAR", 1), ("FIG", 1), PLUM, ("FIG", 2)]

    @pytest.mark.rival("celery#5306", "celery#5935", "celery#6236")
    @pytest.mark.proves("R4", "R5", "R7")
    def test_holds_when_the_broker_hands_a_batch_out_late_and_twice(
        self, kitchen: Kitchen, worker: Worker, world: World
    ) -> None:
        picked(("FIG", 1))
        deliver(MODULE)
        (late,) = worker.messages()
        world.clock.advance(seconds=31)
        picked(("FIG", 2))
        deliver(MODULE)
        (both,) = worker.messages()

        for arguments in (both, late, both):
            worker.handle(arguments)

        assert (kitchen.heard, owed()) == ([("FIG", 1), ("FIG", 2)], 0)


class TestHandlers:
    def test_that_announce_something_wake_the_background_of_their_worker(
        self, kitchen: Kitchen, worker: Worker
    ) -> None:
        def announce(event: FruitPicked) -> None:
            publish(FruitPicked(fruit=f"{event.fruit}-JAM", pieces=1))

        HANDLERS[FruitPicked.event_type][CONSUMER] = [announce]
        picked(FIG)
        deliver(MODULE)
        nudged()

        worker.work()

        assert nudged() == {(CONSUMER, "deliveries")}


class TestSettings:
    def test_of_a_shop_without_a_broker_cost_no_import_of_celery(self) -> None:
        code = "import sys, config.wsgi; print([name for name in ('celery', 'kombu') if name in sys.modules])"
        environment = os.environ | {"STOREFRONT_TOPOLOGY": "monolith", "STOREFRONT_BACKGROUND": "none"}

        told = subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True)

        assert told.stdout == "[]\n"

    def test_without_a_broker_are_refused_in_plain_words(self, settings: Any) -> None:
        with_broker(settings, "")

        with pytest.raises(SystemCheckError, match="STOREFRONT_BROKER_URL is not set"):
            call_command("check", tags=["storefront"])
        with pytest.raises(ImproperlyConfigured, match="STOREFRONT_BROKER_URL is not set"):
            broker.celery_app()
        with pytest.raises(BadTopology, match="STOREFRONT_BROKER_URL is not set"):
            refuse_a_bad_start()

    def test_with_a_broker_that_nobody_knows_are_refused(self, settings: Any) -> None:
        with_broker(settings, "kafka://somewhere")

        with pytest.raises(SystemCheckError, match="begins with kafka"):
            call_command("check", tags=["storefront"])

    def test_let_a_worker_take_no_queue_of_a_module_that_is_elsewhere(self, settings: Any) -> None:
        settings.STOREFRONT_MODULES = ("cart",)
        with_broker(settings, "memory://", modules=("cart",))

        with pytest.raises(KeyError, match=r"events\.payments"):
            broker.celery_app().select_queues(["events.payments"])

    def test_know_no_other_language_than_json(self, settings: Any) -> None:
        with_broker(settings, "memory://")

        assert broker.celery_app().conf.accept_content == ["json"]
