"""Sagas: all of it or none of it, whatever breaks on the way."""

import time
from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import OperationalError

from storefront.database.unit import unit_of_work
from storefront.interface import OutcomeUnknown, Refusal, Unavailable, Value
from storefront.sagas import Pivot, Saga, Step, operator, progress, runner, start, store
from storefront.testing.world import World

MODULE = "checkout"


class Recipe(Value):
    """What the toy saga knows."""

    dish: str
    sliced: bool = False


class TooSalty(Refusal):
    """The cook refuses."""

    code = "toy.too_salty"
    dish: str


LOG: list[str] = []
FAULTS: dict[str, list[BaseException]] = {}


def act(name: str) -> Callable[..., Any]:
    def action(state: Recipe, **_given: object) -> Recipe | None:
        faults = FAULTS.get(name, [])
        if faults:
            raise faults.pop(0)
        LOG.append(name)
        return Recipe(dish=state.dish, sliced=True) if name == "slice" else None

    return action


class Cook(Saga, module=MODULE, version=1, state=Recipe):
    """Slice and boil, serve, wash up."""

    steps = (
        Step("slice", act("slice"), undo=act("unslice")),
        Step("boil", act("boil"), undo=act("cool")),
        Pivot("serve", act("serve")),
        Step("wash up", act("wash up")),
    )


@pytest.fixture
def begun(world: World) -> Callable[[], str]:
    LOG.clear()
    FAULTS.clear()

    def begin() -> str:
        with unit_of_work(MODULE):
            return start(Cook, Recipe(dish="SOUP"), subject="table-1").id

    return begin


class TestSaga:
    def test_runs_to_its_end(self, begun: Callable[[], str], world: World) -> None:
        saga_id = begun()

        world.settle()

        assert LOG == ["slice", "boil", "serve", "wash up"]
        run = store.find(MODULE, saga_id)
        assert run.status == "done"
        assert run.state == Recipe(dish="SOUP", sliced=True)

    def test_that_somebody_waits_for_goes_before_those_past_their_pivot(
        self, begun: Callable[[], str], world: World
    ) -> None:
        behind, awaited = begun(), begun()
        store.table(MODULE).filter(id=behind).update(step=3)

        runs = store.take_due(MODULE, limit=1)

        assert [run.id for run in runs] == [awaited]

    def test_is_asked_again_briskly_first_and_then_ever_more_seldom(
        self, begun: Callable[[], str], world: World
    ) -> None:
        FAULTS["slice"] = [Unavailable("away")] * 8
        saga_id, pauses = begun(), []
        for _ in range(8):
            world.settle()
            row = store.table(MODULE).get(id=saga_id)
            pauses.append(round((row.next_at - row.lease_until).total_seconds(), 1))
            world.clock.advance(seconds=pauses[-1])

        assert pauses == [0.2, 0.4, 0.4, 0.4, 0.4, 0.4, 0.8, 1.6]

    def test_is_free_for_another_process_at_once_when_its_runner_ends(
        self, begun: Callable[[], str], world: World
    ) -> None:
        saga_ids = [begun(), begun()]

        runner.run_due(MODULE, is_ending=lambda: "boil" in LOG)
        stopped_at = sorted(store.find(MODULE, saga_id).step for saga_id in saga_ids)
        runner.run_due(MODULE)

        assert stopped_at == [0, 2]
        assert LOG == ["slice", "boil", "serve", "wash up", "slice", "boil", "serve", "wash up"]

    def test_answers_at_the_pivot_and_goes_on_behind(self, begun: Callable[[], str], world: World) -> None:
        run = progress(MODULE, begun(), seconds=2)
        assert run.is_past_pivot
        assert LOG == ["slice", "boil", "serve"]

        world.settle()

        assert LOG[-1] == "wash up"

    def test_a_refusal_undoes_what_was_done_in_reverse(self, begun: Callable[[], str], world: World) -> None:
        FAULTS["serve"] = [TooSalty(dish="SOUP")]

        run = progress(MODULE, begun(), seconds=2)

        assert LOG == ["slice", "boil", "cool", "unslice"]
        assert run.status == "undone"
        assert isinstance(run.refusal, TooSalty)

    def test_a_refusal_of_the_first_step_ends_it_at_once(self, begun: Callable[[], str], world: World) -> None:
        FAULTS["slice"] = [TooSalty(dish="SOUP")]

        run = progress(MODULE, begun(), seconds=2)

        assert (run.status, LOG) == ("undone", [])
        assert isinstance(run.refusal, TooSalty)

    def test_an_unknown_outcome_is_asked_again_with_the_same_key(self, begun: Callable[[], str], world: World) -> None:
        FAULTS["boil"] = [OutcomeUnknown("?"), OutcomeUnknown("?")]

        saga_id = begun()
        world.settle()
        assert LOG == ["slice"]
        for _ in range(3):
            world.clock.advance(seconds=2)
            world.settle()

        assert LOG == ["slice", "boil", "serve", "wash up"]
        assert store.find(MODULE, saga_id).status == "done"

    def test_an_unknown_outcome_that_stays_unknown_is_undone_with_the_step_itself(
        self, begun: Callable[[], str], world: World
    ) -> None:
        FAULTS["boil"] = [OutcomeUnknown("?")] * 99

        saga_id = begun()
        for _ in range(6):
            world.settle()
            world.clock.advance(minutes=6)

        assert LOG == ["slice", "cool", "unslice"]
        assert store.find(MODULE, saga_id).status == "undone"

    def test_after_the_pivot_it_never_turns_back(self, begun: Callable[[], str], world: World) -> None:
        FAULTS["wash up"] = [Unavailable("no water")] * 5

        saga_id = begun()
        for _ in range(7):
            world.settle()
            world.clock.advance(minutes=6)

        assert LOG == ["slice", "boil", "serve", "wash up"]
        assert store.find(MODULE, saga_id).status == "done"

    def test_an_undo_that_keeps_failing_parks_it_for_an_operator(self, begun: Callable[[], str], world: World) -> None:
        FAULTS["serve"] = [TooSalty(dish="SOUP")]
        FAULTS["cool"] = [RuntimeError("the stove is broken")] * 20

        saga_id = begun()
        for _ in range(25):
            world.settle()
            world.clock.advance(minutes=6)
        assert store.find(MODULE, saga_id).status == "parked"

        operator.resume(MODULE, saga_id)
        world.settle()
        assert store.find(MODULE, saga_id).status == "undone"
        assert LOG == ["slice", "boil", "cool", "unslice"]

    def test_a_step_can_be_skipped_by_an_operator(self, begun: Callable[[], str], world: World) -> None:
        FAULTS["wash up"] = [Unavailable("no water")] * 99
        saga_id = begun()
        world.settle()

        operator.skip(MODULE, saga_id)

        assert store.find(MODULE, saga_id).status == "done"

    def test_two_runners_never_move_one_saga(self, begun: Callable[[], str], world: World) -> None:
        saga_id = begun()
        first = store.take(MODULE, saga_id)

        assert first
        assert store.take(MODULE, saga_id) is None

    def test_a_runner_that_lost_its_lease_changes_nothing(self, begun: Callable[[], str], world: World) -> None:
        saga_id = begun()
        slow = store.take(MODULE, saga_id)
        assert slow
        world.clock.advance(seconds=11)
        assert store.take(MODULE, saga_id)

        with pytest.raises(store.LeaseLost):
            store.save(slow)


class TestWhoWaits:
    def waited(self, begun: Callable[[], str], *, seconds: float) -> float:
        """Seconds until somebody hears how a saga stands that another runner holds."""
        saga_id = begun()
        assert store.take(MODULE, saga_id)
        began_at = time.monotonic()
        assert not progress(MODULE, saga_id, seconds=seconds).is_settled
        return time.monotonic() - began_at

    def test_waits_for_a_while(self, begun: Callable[[], str], settings: Any) -> None:
        settings.STOREFRONT_WAITERS = 1

        assert self.waited(begun, seconds=0.3) >= 0.3
        assert self.waited(begun, seconds=0.3) >= 0.3

    @pytest.mark.proves("R12")
    def test_does_not_wait_where_as_many_do_as_may(self, begun: Callable[[], str], settings: Any) -> None:
        settings.STOREFRONT_WAITERS = 0

        assert self.waited(begun, seconds=60) < 30


class TestDatabaseThatTakesNoOutcome:
    """As one does that is full, or slower than its time limit, and that is asked again over the same connection."""

    @pytest.fixture
    def refuse(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], None]:
        def plant(status: str, step: int) -> None:
            save, left = store.save, [OperationalError("no space left on device")]

            def failing(run: store.Run, **changes: Any) -> None:
                if (run.status, run.step) == (status, step) and left:
                    raise left.pop()
                save(run, **changes)

            monkeypatch.setattr(store, "save", failing)

        return plant

    @pytest.mark.parametrize(("status", "step"), [("running", 1), ("running", 2), ("running", 3), ("done", 4)])
    def test_costs_a_repetition_with_the_same_key_and_the_saga_ends(
        self, begun: Callable[[], str], world: World, refuse: Callable[[str, int], None], status: str, step: int
    ) -> None:
        saga_id = begun()
        refuse(status, step)

        world.settle()
        world.clock.advance(seconds=11)
        world.settle()

        row = store.table(MODULE).get(id=saga_id)
        assert (row.status, row.step, row.next_at) == ("done", 4, None)
        assert len(LOG) == 5  # one step was taken twice

    def test_tells_who_waits_that_the_outcome_is_unknown(
        self, begun: Callable[[], str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        saga_id = begun()
        monkeypatch.setattr(store, "take", Mock(side_effect=OperationalError("the connection is closed")))

        with pytest.raises(OutcomeUnknown, match="the connection is closed"):
            progress(MODULE, saga_id, seconds=0.1)


class TestDefinition:
    def test_a_step_before_the_pivot_needs_an_undo(self) -> None:
        with pytest.raises(TypeError, match="no undo"):
            type("Odd", (Saga,), {"steps": (Step("slice", act("slice")), Pivot("serve", act("serve")))},
                 module=MODULE, version=1, state=Recipe)
