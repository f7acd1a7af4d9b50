"""What the soak found, for people and as JSON."""

from typing import Any

import msgspec

from drill.soak.rules import Kind
from drill.soak.sampling import Sample

WORDS: dict[Kind, str] = {
    "sales": "kept: grows with sales", "short": "bounded under load", "long": "forgotten later", "steady": "steady",
}


class Memory(msgspec.Struct, frozen=True):
    """Of one process."""

    process: str
    start_mb: float
    end_mb: float
    percent_per_hour: float | None
    """In the second half; nothing where that was too short to tell."""
    bytes_per_1000_orders: int
    """In the second half."""
    files: tuple[int, int]
    """When nobody was there: after the warm-up, and in the end."""
    threads: tuple[int, int]


class Table(msgspec.Struct, frozen=True):
    """Of one module. Counts of rows."""

    name: str
    kind: Kind
    why: str
    built: int
    """Before anybody came."""
    peaks: tuple[int, int]
    """Under load, in the second quarter and in the last one."""
    after: int
    per_1000_orders: float
    left: int
    """When time had passed, and the jobs had run with their usual windows."""


class Report(msgspec.Struct):
    """All of it."""

    topology: str
    hours: float
    visits_per_s: float
    sustainable_per_s: float
    """Visits that were served in the warm-up, when all came that could be."""
    visits: int
    orders: int
    orders_per_s: float
    outcomes: dict[str, int]
    asked_again: dict[str, int]
    """What made visitors ask again, and how often."""
    behind_s: float
    """How long a visitor had to wait for another to leave, at most."""
    is_slope_judged: bool
    are_tables_judged: bool
    memory: list[Memory]
    connections: tuple[dict[str, int], dict[str, int]]
    """When nobody was there: after the warm-up, and in the end."""
    tables: list[Table]
    days_later: float
    audit: list[str]
    broken: list[str]
    """Each bound that did not hold."""
    samples: list[Sample] = []
    rows: list[tuple[float, int, dict[str, int]]] = []
    """Second, orders so far, and the rows of each table."""

    @property
    def is_good(self) -> bool:
        """Whether all bounds held."""
        return not self.broken


def text(found: Report) -> str:
    """For the terminal."""
    before, after = (sum(each.values()) for each in found.connections)
    lines = [
        f"# {found.topology} under {found.visits_per_s:.1f} visits a second for {found.hours:.2f} hours",
        "",
        f"- {found.visits} visits, {found.orders} orders, {found.orders_per_s:.2f} a second",
        f"- at most {found.sustainable_per_s:.1f} visits a second were served in the warm-up",
        f"- outcomes: {_counted(found.outcomes)}",
        f"- asked again after: {_counted(found.asked_again) or 'nothing'}; at most {found.behind_s:.1f} s behind",
        f"- connections to the database when idle: {before} before, {after} after",
        f"- audit, {found.days_later:.0f} days later: {'; '.join(found.audit) or 'The books are in order.'}",
        "- growth of memory is judged" if found.is_slope_judged else
        "- growth of memory is NOT judged: the second half is too short for % per hour",
        "- growth of tables under load is judged" if found.are_tables_judged else
        "- growth of tables under load is NOT judged: the jobs had too few turns",
        "",
        "| process | MB at first | MB at last | %/h | bytes / 1000 orders | files idle | threads idle |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(_memory(each) for each in found.memory),
        "",
        "| table | rule | built | peak, 2nd quarter | peak, last | after | / 1000 orders | left later |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(_table(each) for each in found.tables if max(each.built, each.after, *each.peaks)),
        "",
        *(f"- {each}" for each in found.broken),
        "Good." if found.is_good else "NOT GOOD.",
    ]
    return "\n".join(lines) + "\n"


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items(), key=lambda each: -each[1]))


def _memory(each: Memory) -> str:
    slope = "-" if each.percent_per_hour is None else f"{each.percent_per_hour:.2f}"
    return _row(
        each.process, f"{each.start_mb:.1f}", f"{each.end_mb:.1f}", slope, each.bytes_per_1000_orders,
        "{} to {}".format(*each.files), "{} to {}".format(*each.threads),
    )


def _table(each: Table) -> str:
    return _row(
        each.name, WORDS[each.kind], each.built, *each.peaks, each.after, f"{each.per_1000_orders:.0f}", each.left
    )


def _row(*cells: Any) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"
