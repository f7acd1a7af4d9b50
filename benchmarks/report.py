"""Figures as a table for people, and as JSON for whoever compares."""

from collections.abc import Sequence
from typing import Any

import msgspec

from benchmarks.wire import Tally

TARGETS = {"list": 800, "detail": 800, "cart + line": 200, "order": 40}
"""Operations per second to reach at the least, on two cores that also carry the driver and the database."""
ORDER_P99_MS = 400.0


class Measured(msgspec.Struct, kw_only=True):
    """One operation under load. Durations in milliseconds; per operation where nothing else is said."""

    name: str
    rate: float
    """Operations per second."""
    p50: float
    p95: float
    p99: float
    failures: dict[str, int] = {}
    requests_p99: list[float] = []
    """Of each request of the operation, in their order."""
    server_cpu_ms: float | None = None
    database_cpu_ms: float | None = None
    driver_cpu_ms: float | None = None
    others_cores: float | None = None
    """Cores that other processes took meanwhile: with more than a few hundredths the figures are too low."""
    statements: float | None = None
    """SQL statements up to the answer, without BEGIN and COMMIT."""
    commits: float | None = None
    """Commits up to the answer."""
    later_statements: float | None = None
    """SQL statements of what follows unwaited, and of the background's rounds meanwhile."""
    settled_s: float | None = None
    """Seconds after the last answer until nothing was left to do."""

    @classmethod
    def of(cls, name: str, tally: Tally) -> "Measured":
        """What a load says about itself."""
        return cls(
            name=name, rate=round(len(tally.durations) / tally.seconds, 1), p50=percentile(tally.durations, 50),
            p95=percentile(tally.durations, 95), p99=percentile(tally.durations, 99), failures=tally.failures,
            requests_p99=[percentile(each, 99) for _, each in sorted(tally.requests.items())],
        )


def percentile(seconds: Sequence[float], percent: float) -> float:
    """In milliseconds; nearest rank. 0 of nothing."""
    if not seconds:
        return 0.0
    rank = min(len(seconds) - 1, int(len(seconds) * percent / 100))
    return round(sorted(seconds)[rank] * 1000, 2)


MEDIANS = ("p50", "p95", "p99", "server_cpu_ms", "database_cpu_ms", "driver_cpu_ms", "others_cores", "settled_s")


def median(runs: Sequence[Measured]) -> Measured:
    """The run with the median rate, with the median of each other figure that all have."""
    middle = sorted(runs, key=lambda run: run.rate)[len(runs) // 2]
    figures: dict[str, Any] = {}
    for field in MEDIANS:
        values = [getattr(run, field) for run in runs]
        if None not in values:
            figures[field] = sorted(values)[len(values) // 2]
    return msgspec.structs.replace(middle, **figures)


def missed(measured: Sequence[Measured]) -> list[str]:
    """The targets that were not reached, a sentence each."""
    slow = [each for each in measured if each.rate < TARGETS.get(each.name, 0)]
    late = [each for each in measured if each.name == "order" and each.p99 > ORDER_P99_MS]
    return [
        *(f"{each.name}: {each.rate:.0f} per second, {TARGETS[each.name]} wanted" for each in slow),
        *(f"{each.name}: p99 {each.p99:.0f} ms, {ORDER_P99_MS:.0f} wanted" for each in late),
    ]


COLUMNS = (
    ("per second", "rate"), ("at least", ""), ("p50 ms", "p50"), ("p95 ms", "p95"), ("p99 ms", "p99"),
    ("server CPU ms", "server_cpu_ms"), ("database CPU ms", "database_cpu_ms"), ("driver CPU ms", "driver_cpu_ms"),
    ("others' cores", "others_cores"), ("SQL statements", "statements"), ("+ later", "later_statements"),
    ("commits", "commits"),
)


def table(measured: Sequence[Measured]) -> str:
    """A Markdown table, one operation a line, without the columns that nobody measured."""
    shown = [column for column in COLUMNS if not column[1] or any(getattr(m, column[1]) is not None for m in measured)]
    lines = [["operation", *(title for title, _ in shown)], ["---", *("---:" for _ in shown)]]
    for each in measured:
        cells = [_cell(getattr(each, field)) if field else str(TARGETS.get(each.name, "")) for _, field in shown]
        lines.append([each.name, *cells])
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(_line(line, widths) for line in lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    return " | ".join([f"| {first[0].ljust(first[1])}", *(cell.rjust(width) for cell, width in others)]) + " |"


def _cell(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
