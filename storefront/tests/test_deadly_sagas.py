"""A step of a saga that ends the process which runs it, each time: it is given up, and the others flow on."""

from collections import Counter
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command

from storefront.database.unit import unit_of_work
from storefront.followup import platform
from storefront.interface import Value
from storefront.sagas import Pivot, Saga, Step, operator, progress, runner, start, store
from storefront.sagas.refusal import StepUnavailable
from storefront.sagas.runner import ENDS_ITS_PROCESS, GIVE_UP_AFTER
from storefront.testing.world import World

MODULE = "checkout"
LEASE_IS_OVER = {"seconds": 11}
EACH_TIME = 1_000


class Ended(BaseException):
    """The process is gone: nothing after it is done, and nobody is told."""


class Roasting(Value):
    """What the toy saga knows."""

    dish: str


class Oven:
    """Where the steps are taken; some of them end the process, so many times."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.dies_of: Counter[str] = Counter()
        self.deaths: Counter[str] = Counter()
        self.delays: Callable[[], object] | None = None

    def do(self, what: str) -> None:
        if self.dies_of[what] > self.deaths[what]:
            self.deaths[what] += 1
            raise Ended
        if self.delays:
            self.delays()
        self.log.append(what)

    def done_to(self, dish: str) -> list[str]:
        return [what.partition(" ")[0] for what in self.log if what.endswith(f" {dish}")]


OVENS: list[Oven] = []


def act(name: str) -> Callable[..., Any]:
    def action(state: Roasting, **_given: object) -> None:
        OVENS[-1].do(f"{name} {state.dish}")

    return action


class Roast(Saga, module=MODULE, version=1, state=Roasting):
    """Stuff and heat, serve, wash up."""

    steps = (
        Step("stuff", act("stuff"), undo=act("empty")),
        Step("heat", act("heat"), undo=act("cool")),
        Pivot("serve", act("serve")),
        Step("wash up", act("wash")),
    )


@pytest.fixture
def oven(world: World) -> Iterator[Oven]:
    OVENS.append(Oven())
    yield OVENS[-1]
    OVENS.clear()


def begun(dish: str) -> str:
    with unit_of_work(MODULE):
        return start(Roast, Roasting(dish=dish), subject=dish).id


def live_on(world: World, *, times: int) -> None:
    """Processes are started again and again; what one held is free when its lease is over."""
    for _ in range(times):
        try:
            runner.run_due(MODULE)
        except Ended:
            world.clock.advance(**LEASE_IS_OVER)
        else:
            world.clock.advance(seconds=1)


def standing(saga_id: str) -> Any:
    return store.table(MODULE).get(id=saga_id)


@pytest.mark.proves("R1", "R22", "I8")
class TestAStepThatEndsItsProcess:
    def test_before_the_pivot_is_undone_with_all_that_went_before(self, oven: Oven, world: World) -> None:
        oven.dies_of["heat DUCK"] = EACH_TIME
        saga_id = begun("DUCK")

        live_on(world, times=12)

        row, refusal = standing(saga_id), store.find(MODULE, saga_id).refusal
        assert (row.status, row.error) == ("undone", ENDS_ITS_PROCESS)
        assert isinstance(refusal, StepUnavailable)
        assert oven.deaths["heat DUCK"] == store.TRUSTED + GIVE_UP_AFTER
        assert oven.done_to("DUCK") == ["stuff", "cool", "empty"]

    def test_at_the_pivot_has_not_happened_and_is_undone(self, oven: Oven, world: World) -> None:
        oven.dies_of["serve DUCK"] = EACH_TIME
        saga_id = begun("DUCK")

        live_on(world, times=12)

        assert standing(saga_id).status == "undone"
        assert oven.done_to("DUCK") == ["stuff", "heat", "cool", "empty"]

    def test_after_the_pivot_is_parked_and_not_skipped(self, oven: Oven, world: World) -> None:
        oven.dies_of["wash DUCK"] = EACH_TIME
        saga_id = begun("DUCK")

        live_on(world, times=12)
        world.clock.advance(days=1)
        live_on(world, times=3)

        row = standing(saga_id)
        assert (row.status, row.step, row.next_at, row.error) == ("parked", 3, None, ENDS_ITS_PROCESS)
        assert oven.deaths["wash DUCK"] == store.TRUSTED + GIVE_UP_AFTER

    def test_as_an_undo_is_parked_and_not_skipped(self, oven: Oven, world: World) -> None:
        oven.dies_of += {"heat DUCK": EACH_TIME, "cool DUCK": EACH_TIME}
        saga_id = begun("DUCK")

        live_on(world, times=30)

        row = standing(saga_id)
        assert (row.status, row.step, row.error) == ("parked", 1, ENDS_ITS_PROCESS)
        assert oven.done_to("DUCK") == ["stuff"]

    def test_is_shown_to_the_operator_with_its_cause(self, oven: Oven, world: World) -> None:
        oven.dies_of["wash DUCK"] = EACH_TIME
        saga_id = begun("DUCK")
        live_on(world, times=12)
        said = StringIO()

        call_command("sagas", stdout=said)

        assert f"parked at 'wash up'; {GIVE_UP_AFTER} attempts, {ENDS_ITS_PROCESS}" in said.getvalue()
        assert platform._parked(MODULE).number == 1
        assert [row.id for row in operator.listed(MODULE, status="parked")] == [saga_id]

    @pytest.mark.parametrize(("deadly", "end"), [("wash", "done"), ("cool", "undone")])
    def test_goes_on_once_an_operator_has_mended_it(self, oven: Oven, world: World, deadly: str, end: str) -> None:
        oven.dies_of[f"{deadly} DUCK"] = EACH_TIME
        oven.dies_of["heat DUCK"] = EACH_TIME if deadly == "cool" else 0
        saga_id = begun("DUCK")
        live_on(world, times=30)
        oven.dies_of.clear()

        operator.resume(MODULE, saga_id)
        live_on(world, times=2)

        assert standing(saga_id).status == end

    def test_gets_as_many_trials_again_when_an_operator_resumes_it(self, oven: Oven, world: World) -> None:
        oven.dies_of["wash DUCK"] = EACH_TIME
        saga_id = begun("DUCK")
        live_on(world, times=12)

        operator.resume(MODULE, saga_id)
        live_on(world, times=12)

        assert standing(saga_id).status == "parked"
        assert oven.deaths["wash DUCK"] == 2 * (store.TRUSTED + GIVE_UP_AFTER)


class TestTheOthers:
    @pytest.mark.parametrize("what", ["stuff", "heat", "serve", "wash"])
    def test_wait_for_three_leases_at_most(self, oven: Oven, world: World, what: str) -> None:
        oven.dies_of[f"{what} DUCK"] = EACH_TIME
        begun("DUCK")
        others = [begun(dish) for dish in ("GOOSE", "HEN")]

        live_on(world, times=store.TRUSTED + 2)

        assert {standing(other).status for other in others} == {"done"}

    def test_that_come_meanwhile_go_before_it(self, oven: Oven, world: World) -> None:
        oven.dies_of["heat DUCK"] = EACH_TIME
        begun("DUCK")
        live_on(world, times=store.TRUSTED)
        goose = begun("GOOSE")

        live_on(world, times=1)

        assert standing(goose).status == "done"

    def test_flow_though_there_are_more_deadly_ones_than_a_runner_takes_at_once(
        self, oven: Oven, world: World
    ) -> None:
        dishes = [f"DUCK-{number}" for number in range(store.BATCH + 1)]
        oven.dies_of += {f"stuff {dish}": EACH_TIME for dish in dishes}
        for dish in dishes:
            begun(dish)
        live_on(world, times=2 * (store.TRUSTED + 1))  # two runs of the runner know of all of them
        goose = begun("GOOSE")

        live_on(world, times=1)

        assert standing(goose).status == "done"


class TestAProcessThatIsKilledByChance:
    @pytest.mark.parametrize("what", ["stuff", "heat", "serve", "wash"])
    @pytest.mark.parametrize("times", [1, 2, GIVE_UP_AFTER])
    def test_costs_no_saga_its_end(self, oven: Oven, world: World, what: str, times: int) -> None:
        oven.dies_of[f"{what} DUCK"] = times
        saga_id = begun("DUCK")

        live_on(world, times=times + 1)

        assert standing(saga_id).status == "done"
        assert oven.done_to("DUCK") == ["stuff", "heat", "serve", "wash"]

    def test_at_one_step_after_the_other_is_counted_anew_for_each(self, oven: Oven, world: World) -> None:
        oven.dies_of += {f"{what} DUCK": GIVE_UP_AFTER for what in ("stuff", "heat", "serve", "wash")}
        saga_id = begun("DUCK")

        live_on(world, times=4 * GIVE_UP_AFTER + 1)

        assert standing(saga_id).status == "done"

    def test_suspects_none_of_those_it_had_taken_for_long(self, oven: Oven, world: World) -> None:
        dishes = [f"DUCK-{number}" for number in range(10)]
        saga_ids = [begun(dish) for dish in dishes]

        for dish in dishes:  # somebody pulls the plug at another one each time
            oven.dies_of[f"heat {dish}"] = 1
            live_on(world, times=1)
        live_on(world, times=12)

        rows = [standing(saga_id) for saga_id in saga_ids]
        assert {(row.status, row.unanswered) for row in rows} == {("done", 0)}


class TestAProcessThatIsSlow:
    def test_is_not_counted_as_one_that_ended(self, oven: Oven, world: World) -> None:
        saga_id = begun("DUCK")

        def outlast_the_lease() -> None:
            world.clock.advance(**LEASE_IS_OVER)
            store.take_due(MODULE)  # by another process, which comes to nothing

        oven.delays = outlast_the_lease
        for _ in range(2 * GIVE_UP_AFTER):
            live_on(world, times=1)
            world.clock.advance(**LEASE_IS_OVER)
        oven.delays = None
        live_on(world, times=2)

        assert standing(saga_id).status == "done"


class TestWhoServesAShopper:
    def test_leaves_a_suspect_to_the_background(self, oven: Oven, world: World) -> None:
        oven.dies_of["heat DUCK"] = store.TRUSTED
        saga_id = begun("DUCK")
        live_on(world, times=store.TRUSTED)

        waiting = progress(MODULE, saga_id, seconds=0.1)
        live_on(world, times=1)

        assert (waiting.step, waiting.is_settled) == (1, False)
        assert progress(MODULE, saga_id, seconds=0.1).is_past_pivot


def test_a_saga_that_nothing_happens_to_is_never_counted(oven: Oven, world: World) -> None:
    saga_id = begun("DUCK")

    live_on(world, times=1)

    assert apps.get_model(MODULE, "SagaRow").objects.get(id=saga_id).unanswered == 0
