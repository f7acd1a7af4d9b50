"""Scheduled jobs: once per interval, whoever is first; a failure is tried again next time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connections

from storefront import schedule
from storefront.events import publish
from storefront.testing.world import World
from storefront.tests.toy import MODULE, FruitPicked

RUNS: list[datetime] = []


def harvest(now: datetime) -> int:
    """Two batches, then none."""
    RUNS.append(now)
    publish(FruitPicked(fruit="FIG", pieces=len(RUNS)))
    return 1 if len(RUNS) % 3 else 0


def rot(now: datetime) -> int:
    """Fails."""
    raise RuntimeError(now)


@pytest.fixture
def jobs(world: World) -> Iterator[None]:
    RUNS.clear()
    kept = schedule.JOBS.get(MODULE)
    schedule.JOBS[MODULE] = {"harvest": (timedelta(minutes=5), harvest), "rot": (timedelta(minutes=5), rot)}
    yield
    if kept is None:
        del schedule.JOBS[MODULE]
    else:
        schedule.JOBS[MODULE] = kept


class TestJobs:
    def test_run_in_batches_until_nothing_is_left(self, jobs: None, world: World) -> None:
        assert schedule.run_due(MODULE) == 2

        assert len(RUNS) == 3
        assert [fact.pieces for fact in world.published(FruitPicked)] == [1, 2, 3]

    def test_run_once_per_interval_in_whichever_process(self, jobs: None, world: World) -> None:
        schedule.run_due(MODULE)
        schedule.forget()  # as another process, which has not asked yet

        assert schedule.run_due(MODULE) == 0

        world.clock.advance(minutes=6)
        assert schedule.run_due(MODULE) == 2

    def test_that_take_long_stay_with_the_process_that_runs_them(
        self, jobs: None, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        others: list[int] = []

        def plough(now: datetime) -> int:
            """Four batches of four minutes; before each, another process asks for the job."""
            RUNS.append(now)
            schedule.forget()
            others.append(schedule.run_due(MODULE))
            world.clock.advance(minutes=4)
            return 1 if len(RUNS) < 4 else 0

        monkeypatch.setattr(schedule, "_OWN_TRANSACTIONS", {plough})
        schedule.JOBS[MODULE] = {"plough": (timedelta(minutes=5), plough)}

        assert schedule.run_due(MODULE) == 3

        assert (len(RUNS), others) == (4, [0, 0, 0, 0])


class TestTimer:
    @pytest.mark.parametrize("is_new", [True, False])
    def test_is_taken_by_one_of_many_who_ask_at_once(self, committed_world: World, is_new: bool) -> None:
        if not is_new:
            schedule._take(MODULE, "harvest", timedelta(minutes=5))
            committed_world.clock.advance(minutes=6)

        def ask(_: int) -> bool:
            try:
                return schedule._take(MODULE, "harvest", timedelta(minutes=5))
            finally:
                connections[MODULE].close()

        with ThreadPoolExecutor(8) as processes:
            taken = list(processes.map(ask, range(8)))

        assert taken.count(True) == 1
