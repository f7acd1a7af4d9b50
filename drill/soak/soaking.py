"""One soak: a warm-up that finds what the shop can bear, hours at half of it, an end, and what time forgets."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from drill.soak import afterwards, judging
from drill.soak.premises import Premises
from drill.soak.report import Report
from drill.soak.sampling import Sample, connections, held
from drill.soak.visitors import Crowd

WARM_UP_SECONDS = 60.0
HALF = 0.5
MOST_VISITS_PER_S = 60
"""For which there are goods."""
SETTLE_SECONDS, QUIET_SECONDS = 180.0, 5.0
SAMPLE_SECONDS, SAMPLES = 2.0, 2000
"""The shortest time between two looks at the processes, and how many looks there are at most, about."""
COUNT_SECONDS, COUNTS = 10.0, 120
"""The same for the rows of all tables."""
TELL_SECONDS = 60.0

Say = Callable[[str], None]


class Wanted(NamedTuple):
    """What kind of soak."""

    topology: str
    seconds: float
    rate: float
    """Visits begun per second; 0 for half of what the shop can bear."""


class Soak:
    """Under way."""

    def __init__(self, place: Premises, wanted: Wanted, say: Say) -> None:
        self.samples: list[Sample] = []
        self.rows: list[tuple[float, int, dict[str, int]]] = []
        self._place, self._wanted, self._say = place, wanted, say

    def run(self) -> Report:
        """Everything."""
        self._say("Building the shop ...")
        goods = (self._wanted.rate or MOST_VISITS_PER_S) * (self._wanted.seconds + WARM_UP_SECONDS)
        key = str(self._place.inside.build(int(goods))["key"])
        built = self._place.inside.rows()
        with self._place.fleet.running():
            sustainable = self._warm_up(key)
            rate = self._wanted.rate or sustainable * HALF
            self._rest()
            self._pids, self._began_at = self._place.fleet.named(), time.monotonic()
            before = self._look(0)
            with self._crowd(key, "soak", rate) as crowd:
                self._watch(crowd, rate)
            self._rest()
            after = self._look(crowd.orders)
        return self._reported(crowd, (before, after), built=built, rate=rate, sustainable=sustainable)

    def _warm_up(self, key: str) -> float:
        """As many visitors as are served; how many those were per second."""
        self._say("Warm-up: as many visitors come as are served ...")
        began_at = time.monotonic()
        with self._crowd(key, "warm", 0) as crowd:
            time.sleep(min(WARM_UP_SECONDS, self._wanted.seconds))
        return crowd.visits / (time.monotonic() - began_at)

    @contextmanager
    def _crowd(self, key: str, seed: str, rate: float) -> Iterator[Crowd]:
        crowd = Crowd(self._place.port, key, seed=seed, per_second=rate)
        crowd.begin()
        try:
            yield crowd
        finally:
            crowd.end()

    def _watch(self, crowd: Crowd, rate: float) -> None:
        """As long as people come."""
        self._say(f"{rate:.1f} visitors come each second ...")
        sample = Each(max(SAMPLE_SECONDS, self._wanted.seconds / SAMPLES))
        count, tell = Each(max(COUNT_SECONDS, self._wanted.seconds / COUNTS)), Each(TELL_SECONDS)
        while self._seconds < self._wanted.seconds:
            time.sleep(min(1.0, max(0.0, self._wanted.seconds - self._seconds)))
            if sample.is_due():
                self.samples.append(self._sample(crowd.orders))
            if count.is_due():
                self._count(crowd.orders)
            if tell.is_due():
                self._tell(crowd)

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._began_at

    def _look(self, orders: int) -> Sample:
        """When nobody is there."""
        self._count(orders)
        return self._sample(orders)

    def _sample(self, orders: int) -> Sample:
        return Sample(
            at_s=round(self._seconds, 1), orders=orders, processes=held(self._pids),
            connections=connections(self._place.database.url),
        )

    def _count(self, orders: int) -> None:
        self.rows.append((round(self._seconds, 1), orders, self._place.inside.rows()))

    def _tell(self, crowd: Crowd) -> None:
        held_mb = sum(each.rss for each in self.samples[-1].processes.values()) / judging.MB
        left_min = (self._wanted.seconds - self._seconds) / 60
        self._say(
            f"{self._seconds / 60:.0f} min: {crowd.visits / self._seconds:.1f} visits/s,"
            f" {crowd.orders / self._seconds:.2f} orders/s, {len(crowd.heard)} asked again,"
            f" {crowd.outcomes['unknown']} unknown, {crowd.behind_s:.1f} s behind, {held_mb:.0f} MB,"
            f" {sum(self.samples[-1].connections.values())} connections, {left_min:.0f} min left"
        )

    def _rest(self) -> None:
        """Wait until all is done that does not wait for its time."""
        give_up_at = time.monotonic() + SETTLE_SECONDS
        while (rest := self._place.inside.rest()).deliveries or rest.sagas:
            if time.monotonic() > give_up_at:
                self._say(f"Still under way after {SETTLE_SECONDS:.0f} s: {rest}.")
                break
            time.sleep(1.0)
        time.sleep(QUIET_SECONDS)

    def _reported(
        self, crowd: Crowd, idle: tuple[Sample, Sample], *, built: dict[str, int], rate: float, sustainable: float
    ) -> Report:
        """Once the shop is closed: time passes, the books are read, and all bounds are looked at."""
        later = afterwards.passed(self._place.inside, self._say)
        memories = [
            judging.memory(name, self.samples, idle=idle) for name in judging.stayed([*self.samples, *idle])
        ]
        tables = judging.tables(self._place.inside.rules(), self.rows, built=built, left=later.rows)
        return Report(
            topology=self._wanted.topology, hours=self._wanted.seconds / 3600, visits_per_s=rate,
            sustainable_per_s=sustainable, visits=crowd.visits, orders=crowd.orders,
            orders_per_s=crowd.orders / self._wanted.seconds, outcomes=dict(crowd.outcomes),
            asked_again=dict(Counter(what for _, what in crowd.heard)), behind_s=crowd.behind_s,
            is_slope_judged=any(each.percent_per_hour is not None for each in memories),
            are_tables_judged=judging.is_judged(self.rows), memory=memories,
            connections=(idle[0].connections, idle[1].connections), tables=tables, days_later=later.days,
            audit=later.audit, samples=self.samples, rows=self.rows,
            broken=[*judging.broken(crowd.outcomes, memories, tables, [*self.samples, *idle], self.rows), *later.audit],
        )


class Each:
    """Due again and again."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._due_at = seconds, time.monotonic() + seconds

    def is_due(self) -> bool:
        """Whether so many seconds have passed since it was."""
        if time.monotonic() < self._due_at:
            return False
        self._due_at = time.monotonic() + self._seconds
        return True
