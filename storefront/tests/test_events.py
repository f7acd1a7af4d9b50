"""Facts: written with their cause, delivered at least once, in order, with one effect."""

from collections.abc import Iterator

import pytest
from django.apps import apps

from storefront import clock
from storefront.database.unit import NoUnitOfWork, unit_of_work
from storefront.events import publish, upcast
from storefront.events import replay as history
from storefront.events.event import Envelope, opened
from storefront.events.relay import deliver
from storefront.events.subscription import HANDLERS
from storefront.testing.world import World
from storefront.tests.toy import MODULE, FruitPicked

CONSUMER = "cart"


class Kitchen:
    """Hears of fruit; may be told to fail."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, int]] = []
        self.fails_on: set[str] = set()

    def hear(self, event: FruitPicked) -> None:
        if event.fruit in self.fails_on:
            raise RuntimeError(f"{event.fruit} does not fit.")
        self.heard.append((event.fruit, event.pieces))


@pytest.fixture
def kitchen(world: World) -> Iterator[Kitchen]:
    kitchen = Kitchen()
    HANDLERS[FruitPicked.event_type] = {CONSUMER: [kitchen.hear]}
    yield kitchen
    del HANDLERS[FruitPicked.event_type]


def picked(*facts: tuple[str, int]) -> None:
    with unit_of_work(MODULE):
        for fruit, pieces in facts:
            publish(FruitPicked(fruit=fruit, pieces=pieces))


def owed() -> int:
    return int(apps.get_model(MODULE, "Delivery").objects.count())


class TestPublish:
    def test_outside_a_unit_of_work_is_refused(self) -> None:
        with pytest.raises(NoUnitOfWork):
            publish(FruitPicked(fruit="FIG", pieces=1))

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

    def test_is_repeated_until_acknowledged_and_has_one_effect(self, kitchen: Kitchen, world: World) -> None:
        picked(("FIG", 1))
        from storefront.events.inbox import consume

        def lossy(module: str, envelopes: object) -> None:
            consume(module, envelopes)  # type: ignore[arg-type]
            raise ConnectionError("the acknowledgement was lost")

        deliver(MODULE, transport=lossy)
        world.clock.advance(minutes=1)
        world.settle()

        assert kitchen.heard == [("FIG", 1)]
        assert owed() == 0

    def test_a_failing_fact_holds_up_its_subject_and_nobody_else(self, kitchen: Kitchen, world: World) -> None:
        kitchen.fails_on = {"FIG"}
        picked(("FIG", 1), ("PLUM", 2), ("FIG", 3))

        world.settle()
        assert kitchen.heard == [("PLUM", 2)]

        kitchen.fails_on = set()
        world.clock.advance(minutes=1)
        world.settle()
        assert kitchen.heard == [("PLUM", 2), ("FIG", 1), ("FIG", 3)]

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

    def test_a_leased_delivery_is_not_claimed_twice(self, kitchen: Kitchen, world: World) -> None:
        from storefront.events import outbox

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


class TestUpcasting:
    def test_an_old_fact_is_read_as_todays(self) -> None:
        upcast("payments.fruit_picked", version=0)(lambda old: {"fruit": old["name"], "pieces": 1})
        envelope = Envelope(
            id="evt_1", type="payments.fruit_picked", version=0, subject="FIG", occurred_at=clock.now(),
            payload='{"name": "FIG"}',
        )

        assert opened(envelope) == FruitPicked(fruit="FIG", pieces=1)
