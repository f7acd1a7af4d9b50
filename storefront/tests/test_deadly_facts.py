"""A fact that ends the process which handles it, each time: it becomes a dead letter, and the others pass."""

from collections.abc import Iterator

import pytest
from django.apps import apps

from storefront.events import replay as history
from storefront.events import trial, wire
from storefront.events.delivery import TRUSTED, Batch, Receipt, Unanswered
from storefront.events.inbox import ENDS_ITS_PROCESS, receive
from storefront.events.relay import deliver
from storefront.interface import Unavailable
from storefront.testing.world import World
from storefront.tests.kitchen import CONSUMER, Kitchen, claimed, open_kitchen, owed, picked
from storefront.tests.toy import MODULE, FruitPicked

LEASE_IS_OVER = {"seconds": 31}


class Ended(BaseException):
    """The process is gone: nothing after it is done, and nobody is told."""


class DeadlyKitchen(Kitchen):
    """Some fruit ends the process."""

    def __init__(self) -> None:
        super().__init__()
        self.dies_of: set[str] = set()
        self.deaths = 0

    def hear(self, event: FruitPicked) -> None:
        if event.fruit in self.dies_of:
            self.deaths += 1
            raise Ended
        super().hear(event)


@pytest.fixture
def kitchen(world: World) -> Iterator[DeadlyKitchen]:
    with open_kitchen(DeadlyKitchen()) as kitchen:
        assert isinstance(kitchen, DeadlyKitchen)
        yield kitchen


def handled() -> int:
    """How many facts have had their effect."""
    return int(apps.get_model(CONSUMER, "Inbox").objects.count())


def live_on(world: World, *, times: int) -> None:
    """Processes are started again and again; what one held is free when its lease is over."""
    for _ in range(times):
        try:
            deliver(MODULE)
        except Ended:
            world.clock.advance(**LEASE_IS_OVER)
        else:
            world.clock.advance(seconds=2)


@pytest.mark.proves("R22", "R1", "I7")
class TestAFactThatEndsItsProcess:
    def test_becomes_a_dead_letter_and_the_others_pass(self, kitchen: DeadlyKitchen, world: World) -> None:
        kitchen.dies_of = {"FIG"}
        picked(("PLUM", 1), ("FIG", 1), ("FIG", 2), ("PEAR", 1), ("PLUM", 2))

        live_on(world, times=12)

        letter = history.dead(MODULE).get()
        assert letter.error == ENDS_ITS_PROCESS
        assert kitchen.deaths == TRUSTED + trial.GIVE_UP_AFTER
        assert set(kitchen.heard) == {("PEAR", 1), ("PLUM", 1), ("PLUM", 2)}
        assert (handled(), owed()) == (3, 2)  # the letter, and what follows it in its subject

    def test_keeps_the_others_waiting_for_three_leases_at_most(self, kitchen: DeadlyKitchen, world: World) -> None:
        kitchen.dies_of = {"FIG"}
        picked(("FIG", 1), ("PEAR", 1))

        live_on(world, times=TRUSTED + 2)

        assert kitchen.heard == [("PEAR", 1)]
        assert history.dead(MODULE).count() == 0

    def test_does_not_hold_up_what_comes_meanwhile(self, kitchen: DeadlyKitchen, world: World) -> None:
        kitchen.dies_of = {"FIG"}
        picked(("FIG", 1))
        live_on(world, times=TRUSTED + 1)
        picked(("PLUM", 1))

        live_on(world, times=1)

        assert kitchen.heard == [("PLUM", 1)]

    def test_is_handled_once_an_operator_has_mended_it_and_asks_again(
        self, kitchen: DeadlyKitchen, world: World
    ) -> None:
        kitchen.dies_of = {"FIG"}
        picked(("FIG", 1), ("FIG", 2))
        live_on(world, times=12)
        kitchen.dies_of = set()

        assert history.requeue(MODULE) == 1
        live_on(world, times=2)

        assert kitchen.heard == [("FIG", 1), ("FIG", 2)]
        assert owed() == 0


class TestAProcessThatIsKilledByChance:
    def test_makes_no_dead_letter_however_often(self, kitchen: DeadlyKitchen, world: World) -> None:
        fruits = [(f"FRUIT-{number}", 1) for number in range(10)]
        picked(*fruits)

        for number in range(10):  # somebody pulls the plug at another fact each time
            kitchen.dies_of = {f"FRUIT-{number}"}
            live_on(world, times=1)
        kitchen.dies_of = set()
        live_on(world, times=12)  # what was once begun in vain is begun alone

        assert (set(kitchen.heard), handled(), owed()) == (set(fruits), 10, 0)


class TestAConsumerThatIsAway:
    def test_makes_no_fact_suspect(self, kitchen: DeadlyKitchen, world: World) -> None:
        picked(("FIG", 1))

        def away(_batch: Batch) -> Receipt:
            raise Unavailable("Nobody is there.")

        for _ in range(30):
            deliver(MODULE, transport=away)
            world.clock.advance(minutes=10)

        parcel, = claimed().parcels
        assert not parcel.is_suspect

    def test_that_hangs_makes_no_dead_letter(self, kitchen: DeadlyKitchen, world: World) -> None:
        picked(("FIG", 1))

        def hangs(_batch: Batch) -> Receipt:
            raise Unanswered("No answer came in time.")

        for _ in range(30):
            deliver(MODULE, transport=hangs)
            world.clock.advance(minutes=10)
        assert history.dead(MODULE).count() == 0
        deliver(MODULE)

        assert kitchen.heard == [("FIG", 1)]
        assert apps.get_model(CONSUMER, "Trial").objects.count() == 0


class TestASuspectBatch:
    def test_that_was_handled_and_never_answered_is_acknowledged(self, kitchen: DeadlyKitchen, world: World) -> None:
        picked(("FIG", 1))

        def lossy(batch: Batch) -> Receipt:
            receive(batch.subscriber, batch.parcels)
            raise Unanswered("The acknowledgement was lost.")

        for _ in range(TRUSTED + 2):
            deliver(MODULE, transport=lossy)
            world.clock.advance(minutes=1)
        deliver(MODULE)

        assert (kitchen.heard, owed()) == ([("FIG", 1)], 0)

    def test_is_known_as_such_on_the_other_side_of_a_wire(self, kitchen: DeadlyKitchen, world: World) -> None:
        picked(("FIG", 1))
        for _ in range(TRUSTED):
            claimed()
            world.clock.advance(minutes=1)
        batch = claimed()

        parcel, = wire.unpacked(wire.packed(batch.parcels))

        assert (parcel.unanswered, parcel.is_suspect) == (TRUSTED + 1, True)
