"""Which faults happen when, by a seed: the same seed, the same plan."""

import random
from collections.abc import Mapping, Sequence
from itertools import chain

import msgspec

POINTS = (
    "before commit", "after commit", "before the provider", "after the provider", "before call", "after call",
    "after send", "before acknowledgement",
)
"""Where a process can be told to die: see `points.py`."""
SKIPPED_AT_MOST = 20
"""How often a process may come to the place where it is to die before it does."""
SKEW_SECONDS = 300.0
AWAY_SECONDS = (0.5, 3.0)


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """Shares of requests, from 0 to 1, to which this happens on the wire."""

    lost_request: float = 0.0
    """It never arrives, and the connection breaks."""
    silence: float = 0.0
    """It never arrives, and nobody says so."""
    lost_response: float = 0.0
    """It is carried out, and the connection breaks before the answer."""
    late: float = 0.0
    """The connection breaks, and it is carried out seconds later, behind what was sent after it."""
    duplicate: float = 0.0
    """It arrives twice."""
    delay: float = 0.0
    """It arrives a little later, and others overtake it."""

    @classmethod
    def lossy(cls, share: float) -> "Rates":
        """So many are lost, half of them on the way there, half on the way back."""
        return cls(lost_request=share / 2, lost_response=share / 2)

    @property
    def shares(self) -> dict[str, float]:
        """By name."""
        return dict(msgspec.structs.asdict(self))


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What happens once `after` so many things were done."""

    after: int
    kind: str
    target: str = ""
    """A process, or empty for what there is one of."""
    point: str = ""
    """For `die`: one of POINTS."""
    skip: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        told = (self.target, self.point, f"{self.seconds:+.1f} s" if self.seconds else "")
        return " ".join([self.kind, *filter(None, told)])


def planned(
    seed: str, *, length: int, gap: int, weights: Mapping[str, float], processes: Sequence[str],
    relays: Sequence[str] = (),
) -> list[Fault]:
    """Faults for `length` things to be done, about every `gap` of them; each kind comes before any comes twice.

    weights: kind -> how often it comes, against the others. A kind of one process (`kill`, `die`, `skew`, `cut`)
    takes one of `processes`; only what has an address can be cut, so `relays` are spared that.
    """
    dice = random.Random(seed)  # noqa: S311  # a plan, no secret
    first = sorted(weights)
    dice.shuffle(first)
    count = max(len(first), length // gap)
    rest = dice.choices(sorted(weights), [weights[kind] for kind in sorted(weights)], k=count - len(first))
    step = length / (count + 1)
    points = _Shuffled(dice, POINTS)
    return [
        _fault(dice, kind, int(step * (number + dice.uniform(0.6, 1.4))), processes, relays, points)
        for number, kind in enumerate(chain(first, rest))
    ]


def _fault(
    dice: random.Random, kind: str, after: int, processes: Sequence[str], relays: Sequence[str],
    points: "_Shuffled",
) -> Fault:
    if kind == "kill":
        return Fault(after=after, kind=kind, target=dice.choice([*processes, *relays]))
    if kind == "die":
        return Fault(
            after=after, kind=kind, target=dice.choice([*processes, *relays]), point=points.next(),
            skip=dice.randrange(SKIPPED_AT_MOST),
        )
    if kind == "skew":
        seconds = dice.uniform(-SKEW_SECONDS, SKEW_SECONDS)
        return Fault(after=after, kind=kind, target=dice.choice([*processes, *relays]), seconds=seconds)
    if kind == "cut":
        return Fault(after=after, kind=kind, target=dice.choice(processes), seconds=dice.uniform(*AWAY_SECONDS))
    return Fault(after=after, kind=kind, seconds=dice.uniform(*AWAY_SECONDS) if kind == "broker away" else 0.0)


class _Shuffled:
    def __init__(self, dice: random.Random, cards: Sequence[str]) -> None:
        self._dice, self._cards, self._left = dice, cards, list[str]()

    def next(self) -> str:
        if not self._left:
            self._left = list(self._cards)
            self._dice.shuffle(self._left)
        return self._left.pop()
