"""What a trial found, as Markdown and as JSON."""

from collections.abc import Mapping

import msgspec

from drill.chaos.history import Verdict

SHOWN = 25


class Report(msgspec.Struct):
    """All of it."""

    topology: str
    database: str
    seed: str
    checkouts: int
    seconds: float
    """While people bought."""
    settled_s: float
    orders: int
    canceled: int
    charges: int
    """Payments of which the bank keeps or has kept money."""
    refunds: int
    outcomes: dict[str, int]
    """What purchases came to, by the shopper's word."""
    asked_again: dict[str, int]
    """What made shoppers ask again, and how often."""
    faults: dict[str, int]
    """By kind; `die` counts orders to do so, of which some are never come to."""
    pauses: dict[str, float]
    """Kind of fault -> the longest time, in seconds, after which shoppers still had to ask again."""
    died_at: dict[str, int]
    """Named place -> processes that died there as they were told to."""
    died: dict[str, int]
    """Process -> how often it was gone, for whatever reason, and was started again."""
    wire: dict[str, int]
    """Requests on all wires, and what happened to them."""
    audit: list[str]
    verdict: Verdict
    slowest_s: float
    troubles: list[str] = []
    """Of the trial itself."""

    @property
    def is_good(self) -> bool:
        """0 lost, 0 doubled, 0 parked without cause, the books in order."""
        return self.verdict.is_good and not self.audit and not self.troubles


def text(found: Report) -> str:
    """For people."""
    verdict = found.verdict
    counts = f"{len(verdict.lost)} lost, {len(verdict.doubled)} doubled, {len(verdict.parked)} parked without cause"
    lines = [
        f"# {found.checkouts} checkouts under faults: {found.topology} on {found.database}, seed {found.seed}",
        "",
        f"- {counts}, {len(verdict.wrong)} otherwise wrong",
        f"- audit: {'the books are in order' if not found.audit else f'{len(found.audit)} findings'}",
        f"- {found.orders} orders ({found.canceled} canceled), {found.charges} charges, {found.refunds} refunds",
        f"- {found.seconds:.0f} s, {found.checkouts / max(found.seconds, 1):.1f} checkouts a second",
        f"- settled after {found.settled_s:.1f} s; the slowest purchase took {found.slowest_s:.1f} s",
        "",
        *_table("what purchases came to", found.outcomes),
        *_table("fault", found.faults),
        *_table("fault, and the seconds after which shoppers still had to ask again", found.pauses),
        *_table("named place that processes died at", found.died_at),
        *_table("process that died or was killed, and was started again", found.died),
        *_table("on the wires", found.wire),
        *_table("what made shoppers ask again", found.asked_again),
    ]
    for name in ("lost", "doubled", "parked", "wrong"):
        lines += [f"- {name}: {each}" for each in getattr(verdict, name)[:SHOWN]]
    lines += [f"- audit: {each}" for each in found.audit[:SHOWN]]
    lines += [f"- the trial itself: {each}" for each in found.troubles[:SHOWN]]
    return "\n".join([*lines, "Good." if found.is_good else "NOT GOOD.", ""])


def _table(name: str, counts: Mapping[str, float]) -> list[str]:
    if not counts:
        return []
    rows = [f"| {each} | {count} |" for each, count in sorted(counts.items(), key=lambda row: -row[1])]
    return [f"| {name} | |", "| --- | ---: |", *rows, ""]
