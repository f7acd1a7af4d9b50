"""What became of those who browse, and of those who buy, in each state of the bank: figures, targets and a table."""

import statistics
from collections.abc import Sequence

import msgspec

from benchmarks.illness import Illness, Questions
from benchmarks.report import percentile
from benchmarks.wire import Tally
from storefront.calls.outsider import SPARED_SECONDS
from storefront.calls.retry import RATIO, RESERVE

STATES = {
    "well": Illness(),
    "slow": Illness(seconds=8.0),
    "30 % errors": Illness(errors=0.3),
    "30 % errors, in bursts": Illness(errors=0.3, in_bursts=True),
    "well again": Illness(),
}
WELL = ("well", "well again")
TARGET = 1.10
"""What p99 of those who browse may come to, in terms of theirs while the bank is well."""
PLACED = "201"
COMPLETE = 2
"""The place among an order's requests of the one that places it."""


class Phase(msgspec.Struct, kw_only=True):
    """One state of the bank. Milliseconds; rates per second."""

    browsed: float
    browse_p50: float
    browse_p99: float
    browse_p99_later: float
    """Of the second half alone, when it is known how the bank does."""
    browse_failures: dict[str, int]
    orders: int
    """Begun."""
    heard: dict[str, int]
    """What their buyers were answered in the end."""
    heard_p50: float
    """Until they were, from when they said: buy this."""
    first: int
    """Questions to the bank, those asked for the first time."""
    again: int
    seconds: float
    others_cores: float

    @classmethod
    def of(cls, browsing: Tally, buying: Tally, questions: Questions, *, others_cores: float) -> "Phase":
        """What the two streams came to."""
        heard = {PLACED: len(buying.durations)} | buying.failures
        later = browsing.durations[len(browsing.durations) // 2 :]
        return cls(
            browsed=round(len(browsing.durations) / browsing.seconds, 1), browse_failures=browsing.failures,
            browse_p50=percentile(browsing.durations, 50), browse_p99=percentile(browsing.durations, 99),
            browse_p99_later=percentile(later, 99), orders=sum(heard.values()), heard=heard,
            heard_p50=percentile(buying.requests.get(COMPLETE, ()), 50), first=questions.first, again=questions.again,
            seconds=round(browsing.seconds, 1), others_cores=others_cores,
        )

    @property
    def asked_an_order(self) -> float:
        """Questions to the bank, by order."""
        return (self.first + self.again) / max(1, self.orders)

    def again_allowed(self, workers: int) -> float:
        """How often the retry budgets of so many processes let the bank be asked again, all their reserves spent."""
        return self.first * RATIO + workers * (RESERVE + self.seconds / SPARED_SECONDS)


Turn = dict[str, Phase]
"""A phase for each state."""


def ratio(turns: Sequence[Turn], state: str) -> float:
    """p99 of those who browse against theirs while the bank is well: the median over all turns."""
    return statistics.median(turn[state].browse_p99 / turn["well"].browse_p99 for turn in turns)


def amplification(turns: Sequence[Turn], state: str) -> float:
    """What the bank is asked for an order against what it is asked while it is well."""
    return statistics.median(turn[state].asked_an_order / turn["well"].asked_an_order for turn in turns)


def misses(turns: Sequence[Turn], *, workers: int) -> list[str]:
    """The targets that were not reached, a sentence each."""
    found = []
    for state in STATES:
        phases = [turn[state] for turn in turns]
        found += [
            f"{state}: {count} of those who browse were answered: {why.strip()}."
            for phase in phases for why, count in phase.browse_failures.items()
        ]
        if state in WELL:
            continue
        if (slower := ratio(turns, state)) > TARGET:
            found.append(f"{state}: p99 of browsing is {slower:.2f} times what it was, {TARGET:.2f} wanted.")
        found += [
            f"{state}: the bank was asked again {phase.again} times, {phase.again_allowed(workers):.0f} at most."
            for phase in phases if phase.again > phase.again_allowed(workers)
        ]
    return found


def table(turns: Sequence[Turn]) -> str:
    """A Markdown table, a line for each state; figures are medians over all turns, counts their sums."""
    titles = (
        "browse p50 ms", "p99 ms", "against well", "p99 of the second half", "orders", "placed at once",
        "answered p50 ms", "bank asked first", "again", "by order, against well", "others' cores",
    )
    lines = [f"| the bank | {' | '.join(titles)} |", f"| --- |{' ---: |' * len(titles)}"]
    return "\n".join([*lines, *(_line(state, turns) for state in STATES)])


def _line(state: str, turns: Sequence[Turn]) -> str:
    phases = [turn[state] for turn in turns]
    cells = (
        f"{statistics.median(each.browse_p50 for each in phases):.1f}",
        f"{statistics.median(each.browse_p99 for each in phases):.1f}", f"{ratio(turns, state):.2f}",
        f"{statistics.median(each.browse_p99_later for each in phases):.1f}",
        f"{sum(each.orders for each in phases)}", f"{sum(each.heard[PLACED] for each in phases)}",
        f"{statistics.median(each.heard_p50 for each in phases):.0f}", f"{sum(each.first for each in phases)}",
        f"{sum(each.again for each in phases)}", f"{amplification(turns, state):.2f}",
        f"{max(each.others_cores for each in phases):.2f}",
    )
    return f"| {state} | {' | '.join(cells)} |"
