"""What the drill found, for people and as JSON."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import msgspec

from drill.books import Books
from drill.shopping import Bought

PAUSE_SECONDS = 2.0
"""The longest time in which nobody at all gets an order."""
SLOWEST = 5


class Phase(msgspec.Struct):
    """A part of the drill: how orders went that were asked for in it. Milliseconds."""

    name: str
    seconds: float
    orders: int
    p50_ms: float
    p99_ms: float
    longest_ms: float
    asked_again: int


class Report(msgspec.Struct):
    """All of it."""

    checkouts: int
    lost: int
    doubled: int
    failed: int
    unknown: int
    pause_s: float
    """The longest time between the answers to two orders that followed each other, whoever got them."""
    paused_in: str
    """The phase in which that time ended."""
    longest_s: float
    """The longest time that one shopper waited for an order, all repetitions included."""
    write_pauses: list[str]
    phases: list[Phase]
    audit: str
    settled_s: float
    met: dict[str, int]
    """What shoppers heard before they asked again, and how often."""
    slowest: list[str]
    wrong: list[str]

    @property
    def is_good(self) -> bool:
        """Whether the promise was kept."""
        nothing_wrong = not (self.lost or self.doubled or self.failed or self.unknown)
        return nothing_wrong and self.pause_s < PAUSE_SECONDS and self.audit == "The books are in order."


def report(bought: Sequence[Bought], marks: Sequence[tuple[str, float]], books: Books, **told: Any) -> Report:
    """marks: the name of each phase, and the instant of its beginning; the last one is the end."""
    ended = sorted(each.ended_at for each in bought if each.order)
    pause, paused_at = max(((later - sooner, later) for sooner, later in pairwise(ended)), default=(0.0, 0.0))
    return Report(
        checkouts=len(bought), lost=len(books.lost), doubled=len(books.doubled), failed=len(books.failed),
        unknown=len(books.unknown),
        pause_s=round(pause, 3), paused_in=next((name for name, at in reversed(marks[:-1]) if at <= paused_at), ""),
        longest_s=round(max((each.seconds for each in bought), default=0), 3),
        phases=[_phase(name, began_at, end_at, bought) for (name, began_at), (_, end_at) in pairwise(marks)],
        met=dict(Counter(trouble for each in bought for trouble in each.troubles).most_common()),
        slowest=[_told(each) for each in sorted(bought, key=lambda each: -each.seconds)[:SLOWEST]],
        wrong=[*books.lost, *books.doubled, *books.failed, *books.unknown][:20], **told,
    )


def _told(each: Bought) -> str:
    return f"{each.seconds:.2f} s for {each.order or 'nothing'}: {each.heard or 'asked once'}"


def _phase(name: str, began_at: float, end_at: float, bought: Sequence[Bought]) -> Phase:
    inside = [each for each in bought if each.order and began_at <= each.completing_at < end_at]
    ms = sorted(each.seconds * 1000 for each in inside)
    return Phase(
        name=name, seconds=round(end_at - began_at, 1), orders=len(ms), p50_ms=_at(ms, 0.5), p99_ms=_at(ms, 0.99),
        longest_ms=_at(ms, 1.0), asked_again=sum(each.asked - 1 for each in inside),
    )


def _at(ms: list[float], share: float) -> float:
    return round(ms[min(len(ms) - 1, int(len(ms) * share))], 1) if ms else 0.0


def text(found: Report) -> str:
    """For the terminal."""
    pause = f"{found.pause_s:.2f} s, the longest time in which nobody got an order, in `{found.paused_in}`"
    wrong = f"lost {found.lost}, doubled {found.doubled}, failed {found.failed}, not told of {found.unknown}"
    lines = [
        "# Payments left the running shop, and came back",
        "",
        f"- checkouts: {found.checkouts}; {wrong}",
        f"- pause: {pause}; under {PAUSE_SECONDS:g} s",
        f"- longest wait: {found.longest_s:.2f} s, of one shopper from asking for the order to having it",
        *(f"- {each}" for each in found.write_pauses),
        f"- everything had settled {found.settled_s:.1f} s after the last answer",
        f"- audit: {found.audit}",
        "",
        "| phase | s | orders | p50 ms | p99 ms | longest ms | sent again |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {each.name} | {each.seconds} | {each.orders} | {each.p50_ms} | {each.p99_ms} | {each.longest_ms} |"
        f" {each.asked_again} |"
        for each in found.phases
    ]
    lines += ["", "The longest waits:", "", *(f"- {each}" for each in found.slowest)]
    lines += ["", *(f"- {each}" for each in found.wrong), "Good." if found.is_good else "NOT GOOD."]
    return "\n".join(lines)
