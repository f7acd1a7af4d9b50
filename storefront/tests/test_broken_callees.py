"""A callee with a bug, or whose bank rests: who waits for its end fares alike in one process and between processes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import Mock

import pytest

from storefront.calls import callee
from storefront.calls.outsider import Resting
from storefront.calls.provider import PROVIDERS
from storefront.database.unit import unit_of_work
from storefront.events import outbox
from storefront.events import replay as history
from storefront.events.relay import deliver
from storefront.events.subscription import HANDLERS
from storefront.interface import Refusal, Unavailable, Value, connect
from storefront.sagas import Pivot, Saga, Step, operator, progress, runner, start, store
from storefront.sagas.runner import PARK_AFTER
from storefront.testing.world import World
from storefront.tests import neighbour
from storefront.tests.kitchen import CONSUMER, owed, picked
from storefront.tests.toy import MODULE, FruitPicked, Grower, Orchard, planted
from storefront.topology.plan import Process, Topology

CALLER = "checkout"
LONGEST_PAUSE = {"minutes": 11}
orchard = connect(Orchard)


class Pressing(Value):
    """What the toy saga knows."""

    fruit: str
    is_sour: bool = False


class TooSour(Refusal):
    """Nobody would drink it."""

    code = "toy.too_sour"


def count(state: Pressing, *, key: str) -> None:
    """A query."""
    orchard.count(fruits=(state.fruit,))


def leave_it(state: Pressing, *, key: str) -> None:
    """Nothing was obtained."""


def inspect(state: Pressing, *, key: str) -> None:
    """A command that asks somebody outside, as one does that authorizes a payment."""
    orchard.inspect(key=key, fruit=state.fruit)


def compare(state: Pressing, *, key: str) -> None:
    """Its undo."""
    orchard.compare(key=key, fruit=state.fruit)


def press(state: Pressing, *, now: object) -> None:
    """The point of no return."""
    if state.is_sour:
        raise TooSour


def pick(state: Pressing, *, key: str) -> None:
    """A command that must be carried out now, as one must that captures a payment."""
    orchard.pick(key=key, fruit=state.fruit, pieces=3)


class Press(Saga, module=CALLER, version=1, state=Pressing):
    """Juice."""

    steps = (
        Step("count", count, undo=leave_it),
        Step("inspect", inspect, undo=compare),
        Pivot("press", press),
        Step("pick", pick),
    )


@pytest.fixture
def grower(committed_world: World) -> Iterator[Grower]:
    with planted() as grower:
        yield grower


@pytest.fixture(params=["local", "loopback", "http"], autouse=True)
def road(request: pytest.FixtureRequest, settings: Any, grower: Grower) -> Iterator[str]:
    """How a call reaches the orchard: in this process, through the codec, or through the door of another one."""
    settings.STOREFRONT_PATIENCE = 10  # a busy machine is no broken callee
    settings.STOREFRONT_CALLS = "local" if request.param == "http" else request.param
    callee.forget()
    with neighbour.serving() as url:
        here = {*settings.STOREFRONT_MODULES} - ({MODULE} if request.param == "http" else set())
        shop = Process("shop", tuple(sorted(here)), "http://127.0.0.1:9")
        others = (Process("orchard", (MODULE,), url),) if request.param == "http" else ()
        settings.STOREFRONT_TOPOLOGY = Topology("near or far", "http", (shop, *others))
        settings.STOREFRONT_PROCESS = shop
        yield request.param
    callee.forget()


@contextmanager
def broken(operation: str) -> Iterator[Mock]:
    """The orchard has a bug in this operation until it is mended."""
    body = PROVIDERS[MODULE].bodies[operation]
    whole, body.function = body.function, Mock(side_effect=ZeroDivisionError("of pieces"))
    try:
        yield body.function
    finally:
        body.function = whole


def begun(**state: bool) -> str:
    with unit_of_work(CALLER):
        return start(Press, Pressing(fruit="APPLE", **state), subject="apples").id


def live_on(world: World, *, turns: int = PARK_AFTER + 3) -> None:
    for _ in range(turns):
        runner.run_due(CALLER)
        world.clock.advance(**LONGEST_PAUSE)


def standing(saga_id: str) -> Any:
    return store.table(CALLER).get(id=saga_id)


@pytest.mark.proves("R22", "I8")
class TestASagaWhoseCalleeHasABug:
    @pytest.mark.parametrize(("operation", "step"), [("count", 0), ("inspect", 1), ("pick", 3)])
    def test_is_parked_after_twenty_attempts_and_ends_once_it_is_mended_and_resumed(
        self, operation: str, step: int, committed_world: World, road: str
    ) -> None:
        saga_id = begun()
        with broken(operation) as bug:
            live_on(committed_world, turns=PARK_AFTER - 1)
            before = standing(saga_id).status
            live_on(committed_world)

        row = standing(saga_id)
        assert (before, row.status, row.step, row.attempts) == ("running", "parked", step, PARK_AFTER)
        assert bug.call_count == PARK_AFTER
        assert row.error.endswith("tells what broke." if road == "http" else "of pieces")
        operator.resume(CALLER, saga_id)
        live_on(committed_world, turns=1)
        assert (standing(saga_id).status, standing(saga_id).attempts) == ("done", 0)
        assert [fact.pieces for fact in committed_world.published(FruitPicked)] == [1, 3]

    def test_is_parked_while_it_undoes_and_leaves_nothing_behind_once_it_is_resumed(
        self, committed_world: World, grower: Grower
    ) -> None:
        saga_id = begun(is_sour=True)
        with broken("compare") as bug:
            live_on(committed_world)

        row = standing(saga_id)
        assert (row.status, row.step, row.attempts, bug.call_count) == ("parked", 1, PARK_AFTER, PARK_AFTER)
        operator.resume(CALLER, saga_id)
        live_on(committed_world, turns=1)
        assert standing(saga_id).status == "undone"
        assert grower.picked == ["APPLE"]

    def test_is_parked_though_the_callee_was_away_in_between(self, committed_world: World, grower: Grower) -> None:
        saga_id = begun()
        with broken("pick") as bug:
            live_on(committed_world, turns=5)
            bug.side_effect = Unavailable("The orchard is shut.")
            live_on(committed_world, turns=PARK_AFTER)
            assert standing(saga_id).status == "running"
            bug.side_effect = ZeroDivisionError("of pieces")
            live_on(committed_world, turns=1)

        assert (standing(saga_id).status, standing(saga_id).step) == ("parked", 3)


@pytest.mark.proves("R12")
class TestASagaWhoseCalleesBankRests:
    def test_keeps_nobody_waiting_and_goes_on_when_the_bank_does(self, committed_world: World, grower: Grower) -> None:
        grower.outside = not_asked
        saga_id = begun()

        run = progress(CALLER, saga_id, seconds=6)

        assert (run.rests, run.status, run.step) == (True, "running", 1)
        grower.outside = lambda: "fresh"
        live_on(committed_world, turns=2)
        assert standing(saga_id).status == "done"


def not_asked() -> None:
    """In a module's own words."""
    raise Unavailable("The bank is asked again in a moment.") from Resting("It has not answered lately.")


class TestAFactWhoseHandlerCalls:
    """It must not: what it holds is a transaction. Whether the callee is near, far or broken makes no difference."""

    @pytest.mark.proves("R22")
    def test_is_a_dead_letter_after_ten_failures_on_any_road(
        self, committed_world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        calls: Callable[[FruitPicked], object] = lambda event: orchard.count(fruits=(event.fruit,))  # noqa: E731
        monkeypatch.setitem(HANDLERS, FruitPicked.event_type, {CONSUMER: [calls]})
        picked(("FIG", 1))
        with broken("count") as bug:
            for _ in range(outbox.GIVE_UP_AFTER):
                dead_before = history.dead(MODULE).count()
                deliver(MODULE)
                committed_world.clock.advance(**LONGEST_PAUSE)

        letter = history.dead(MODULE).get()
        assert (dead_before, letter.attempts, owed()) == (0, outbox.GIVE_UP_AFTER, 1)
        assert letter.error.startswith("CallInsideTransaction: payments.count")
        assert bug.call_count == 0
