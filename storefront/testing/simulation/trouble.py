"""Which troubles a play has. Each seed takes a part of them, some often and some seldom: swarm testing."""

from collections.abc import Mapping
from random import Random

from storefront.testing.simulation.cell import BEGINS, ENDS, Cell

RATES: Mapping[str, float] = {
    "killed": 0.004,
    "database fails": 0.004,
    "request lost": 0.02,
    "answer lost": 0.02,
    "sent twice": 0.1,
    "slow call": 0.02,
    "bank down": 0.1,
    "bank's answer lost": 0.1,
    "bank hears twice": 0.1,
    "bank slow": 0.05,
    "broker away": 0.1,
    "broker loses": 0.15,
    "broker repeats": 0.3,
    "broker reorders": 0.5,
    "acknowledgement lost": 0.15,
    "clock leaps": 0.15,
    "clock is put back": 0.01,
}
"""How often each happens, where it can."""

STRENGTHS = (0.3, 1.0, 3.0)


class Troubles:
    """Those of one play, with how often each comes."""

    def __init__(self, rates: Mapping[str, float], *, cell: Cell | None = None) -> None:
        self.rates = dict(rates)
        self.cell = cell
        self.are_over = False

    @classmethod
    def of(cls, seed: int) -> "Troubles":
        """About half of all kinds, each at a strength of its own."""
        random = Random(f"troubles of {seed}")
        return cls({kind: rate * random.choice(STRENGTHS) for kind, rate in RATES.items() if random.random() < 0.5})

    def happens(self, kind: str, random: Random) -> bool:
        """Whether it does this time."""
        rate = 0.0 if self.are_over else self.rates.get(kind, 0.0)
        return rate > 0 and random.random() < rate

    def fault_of(self, module: str, dependency: str, *, at: float) -> str:
        """What is wrong at this second with what a module leans on; empty if nothing is."""
        cell = self.cell
        if self.are_over or cell is None or not BEGINS <= at <= ENDS:
            return ""
        return cell.fault if (cell.module, cell.dependency) == (module, dependency) else ""

    def __str__(self) -> str:
        return ", ".join(f"{kind} {rate:.3f}" for kind, rate in sorted(self.rates.items())) or "none"
