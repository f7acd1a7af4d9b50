"""Facts: written with their cause, delivered at least once, in order, with one effect."""

from collections.abc import Iterator

import pytest

from storefront import clock
from storefront.database.unit import NoUnitOfWork, unit_of_work
from storefront.events import outbox, publish, subscription, upcast
from storefront.events import replay as history
from storefront.events.delivery import Batch, Receipt
from storefront.events.event import Envelope, opened
from storefront.events.inbox import receive
from storefront.events.relay import deliver
from storefront.events.transport import STAND_INS
from storefront.testing.world import World
from storefront.tests.kitchen import CONSUMER, Kitchen, open_kitchen, owed, picked
from storefront.tests.toy import MODULE, FruitPicked
from storefront.topology import topology
from storefront.topology.plan import Process
from storefront.topology.wiring import Wiring


@pytest.fixture
def kitchen(world: World) -> Iterator[Kitchen]:
    with open_kitchen() as kitchen:
        yield kitchen


def hear(patch: pytest.MonkeyPatch, module: str) -> None:
    """The wiring says that this module hears of fruit."""
    arrows = Wiring({}, {FruitPicked.event_type: (module,)})
    patch.setattr(subscription, "wiring", lambda: arrows)


def somewhere(patch: pytest.MonkeyPatch, module: str) -> None:
    """It runs in a process of its own."""
    here = topology()
    there = here._replace(processes=(*here.processes, Process("far", (module,), "http://127.0.0.1:1")))
    patch.setattr(subscription, "topology", lambda: there)


class TestPublish:
    def test_outside_a_unit_of_work_is_refused(self) -> None:
        with pytest.raises(NoUnitOfWork):
            publish(FruitPicked(fruit="FIG", pieces=1))

    def test_of_a_fact_that_is_too_large_to_travel_is_refused(
        self, kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(outbox, "MAX_BYTES", 20)

        with pytest.raises(outbox.FactTooLarge, match="at most 20"):
            picked(("FIG", 1))

    def test_writes_nothing_when_the_cause_fails(self, kitchen: Kitchen, world: World) -> None:
        def fail() -> None:
            with unit_of_work(MODULE):
                publish(FruitPicked(fruit="FIG", pieces=1))
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()

        assert world.published(FruitPicked) == []
        assert owed() == 0


class TestDelivery:
    def test_reaches_the_subscriber_once_and_is_closed(self, kitchen: Kitchen, world: World) -> None:
        picked(("FIG", 1), ("PLUM", 2), ("FIG", 3))

        world.settle()

        assert kitchen.heard == [("FIG", 1), ("PLUM", 2), ("FIG", 3)]
        assert owed() == 0

    @pytest.mark.proves("R4", "I7")
    def test_is_repeated_until_acknowledged_and_has_one_effect(self, kitchen: Kitchen, world: World) -> None:
        picked(("FIG", 1))

        def lossy(batch: Batch) -> Receipt:
            receive(batch.subscriber, batch.parcels)
            raise ConnectionError("the acknowledgement was lost")

        deliver(MODULE, transport=lossy)
        world.clock.advance(minutes=1)
        world.settle()

        assert kitchen.heard == [("FIG", 1)]
        assert owed() == 0

    @pytest.mark.proves("R22", "R5")
    def test_a_failing_fact_holds_up_its_subject_and_nobody_else(self, kitchen: Kitchen, world: World) -> None:
        kitchen.fails_on = {"FIG"}
        picked(("FIG", 1), ("PLUM", 2), ("FIG", 3))

        world.settle()
        assert kitchen.heard == [("PLUM", 2)]

        kitchen.fails_on = set()
        world.clock.advance(minutes=1)
        world.settle()
        assert kitchen.heard == [("PLUM", 2), ("FIG", 1), ("FIG", 3)]

    @pytest.mark.proves("R22")
    def test_ends_as_a_dead_letter_that_an_operator_requeues(self, kitchen: Kitchen, world: World) -> None:
        kitchen.fails_on = {"FIG"}
        picked(("FIG", 1))

        for _ in range(11):
            world.settle()
            world.clock.advance(minutes=11)
        letter = history.dead(MODULE).get()
        assert letter.error == "RuntimeError: FIG does not fit."

        kitchen.fails_on = set()
        assert history.requeue(MODULE) == 1
        world.settle()
        assert kitchen.heard == [("FIG", 1)]

    def test_of_what_comes_too_early_is_repeated_however_long_it_takes(self, kitchen: Kitchen, world: World) -> None:
        kitchen.waits_for = {"FIG"}
        picked(("FIG", 1), ("PLUM", 2), ("FIG", 3))

        for _ in range(20):
            world.settle()
            world.clock.advance(minutes=2)
        assert kitchen.heard == [("PLUM", 2)]

        kitchen.waits_for = set()
        world.settle()
        assert kitchen.heard == [("PLUM", 2), ("FIG", 1), ("FIG", 3)]
        assert owed() == 0

    def test_of_what_came_too_early_for_long_may_still_fail_some_times(self, kitchen: Kitchen, world: World) -> None:
        kitchen.waits_for = {"FIG"}
        picked(("FIG", 1))
        for _ in range(20):
            world.settle()
            world.clock.advance(minutes=2)

        kitchen.waits_for, kitchen.fails_on = set(), {"FIG"}
        for _ in range(3):
            world.settle()
            world.clock.advance(minutes=11)
        assert not history.dead(MODULE).exists()

        world.settle()
        assert history.dead(MODULE).get().error == "RuntimeError: FIG does not fit."

    @pytest.mark.rival("spring-modulith#1908")
    def test_a_leased_delivery_is_not_claimed_twice(self, kitchen: Kitchen, world: World) -> None:
        picked(("FIG", 1))

        assert [len(outbox.claim(MODULE)), len(outbox.claim(MODULE))] == [1, 0]


class TestReplay:
    def test_sends_history_again_in_order(self, kitchen: Kitchen, world: World) -> None:
        picked(("FIG", 1), ("PLUM", 2))
        world.settle()
        kitchen.heard.clear()

        assert history.replay(MODULE, CONSUMER) == 2
        world.settle()

        assert kitchen.heard == [("FIG", 1), ("PLUM", 2)]


    def test_reaches_a_module_that_is_in_another_process(
        self, kitchen: Kitchen, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hear(monkeypatch, "loyalty")
        somewhere(monkeypatch, "loyalty")
        monkeypatch.setitem(STAND_INS, "loyalty", [])
        picked(("FIG", 1))
        world.settle()

        history.replay(MODULE, "loyalty")
        world.settle()

        assert [envelope.subject for envelope in STAND_INS["loyalty"]] == ["FIG", "FIG"]

    def test_is_owed_to_no_module_that_runs_nowhere(
        self, kitchen: Kitchen, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hear(monkeypatch, "loyalty")

        assert "loyalty" not in subscription.subscribers_of(FruitPicked.event_type)


class TestUpcasting:
    def test_an_old_fact_is_read_as_todays(self) -> None:
        upcast("payments.fruit_picked", version=0)(lambda old: {"fruit": old["name"], "pieces": 1})
        envelope = Envelope(
            id="evt_1", type="payments.fruit_picked", version=0, subject="FIG", occurred_at=clock.now(),
            payload='{"name": "FIG"}',
        )

        assert opened(envelope) == FruitPicked(fruit="FIG", pieces=1)
