"""Which bounds held: what each process held, what was connected, how the tables grew."""

from collections.abc import Iterator, Mapping, Sequence

from drill.soak.arithmetic import grows, peaks, percent_per_hour, second_half, slope
from drill.soak.report import Memory, Table
from drill.soak.rules import TableRule
from drill.soak.sampling import Sample

MOST_PERCENT_PER_HOUR = 1.0
SLOPE_SECONDS = 20 * 60
"""The shortest second half whose slope says something about an hour."""
TURNS_SECONDS = 2 * 60
"""The shortest quarter in which the jobs that forget had their turns: they come each minute."""
FILES_NOISE, THREADS_NOISE, CONNECTIONS_NOISE, ROWS_NOISE = 32, 4, 4, 100
"""By which counts may differ without a leak: nginx keeps up to 32 connections to a process, and threads come and go,
each with what it has needed so far."""
LEFT = 0.01
"""The share of a forgotten table's rows that may be left: the newest ones of something that is not over."""
MB = 2**20

Rows = Sequence[tuple[float, int, Mapping[str, int]]]
"""Second, orders so far, and the rows of each table."""


def broken(
    outcomes: Mapping[str, int], memories: Sequence[Memory], tables: Sequence[Table], samples: Sequence[Sample],
    rows: Rows,
) -> list[str]:
    """Each bound that did not hold. samples: the last two are those when nobody was there, before and after."""
    before, after = samples[-2:]
    nothing = [] if outcomes.get("placed") else ["Nobody could buy anything."]
    unknown = [f"{outcomes['unknown']} visitors never heard what became of it."] if outcomes.get("unknown") else []
    return [
        *nothing, *unknown, *ended(samples), *leaks(memories),
        *leaked_connections(before.connections, after.connections), *unbounded(tables, rows),
    ]


def memory(name: str, samples: Sequence[Sample], *, idle: tuple[Sample, Sample]) -> Memory:
    """Of a process that is in all samples. idle: before and after."""
    held = [(each, each.processes[name]) for each in samples]
    by_time = [(sample.at_s, float(own.rss)) for sample, own in held]
    by_orders = [(float(sample.orders), float(own.rss)) for sample, own in held]
    before, after = (each.processes[name] for each in idle)
    is_long = (by_time[-1][0] - by_time[0][0]) / 2 >= SLOPE_SECONDS
    return Memory(
        process=name, start_mb=held[0][1].rss / MB, end_mb=held[-1][1].rss / MB,
        percent_per_hour=percent_per_hour(by_time) if is_long else None,
        bytes_per_1000_orders=round(slope(second_half(by_orders))[0] * 1000),
        files=(before.files, after.files), threads=(before.threads, after.threads),
    )


def tables(
    rules: Mapping[str, TableRule], rows: Rows, *, built: Mapping[str, int], left: Mapping[str, int]
) -> list[Table]:
    """built: rows before anybody came. left: rows when time had passed."""
    return [
        _table(label, rule, rows, built=built.get(label, 0), left=left.get(label, 0))
        for label, rule in sorted(rules.items())
    ]


def _table(label: str, rule: TableRule, rows: Rows, *, built: int, left: int) -> Table:
    counts = [(at_s, float(each.get(label, 0))) for at_s, _, each in rows]
    by_orders = [(float(orders), float(each.get(label, 0))) for _, orders, each in rows]
    earlier, later = peaks(counts)
    return Table(
        name=label, kind=rule.kind(label), why=rule.why, built=built,
        peaks=(round(earlier), round(later)), after=round(counts[-1][1]),
        per_1000_orders=slope(second_half(by_orders))[0] * 1000, left=left,
    )


def leaks(memories: Sequence[Memory]) -> Iterator[str]:
    """Of memory, descriptors and threads."""
    for each in memories:
        if each.percent_per_hour is not None and each.percent_per_hour >= MOST_PERCENT_PER_HOUR:
            yield f"{each.process} grows by {each.percent_per_hour:.2f} % an hour."
        counts = (("descriptors", each.files, FILES_NOISE), ("threads", each.threads, THREADS_NOISE))
        for what, (before, after), noise in counts:
            if after > before + noise:
                yield f"{each.process} has {before} {what} when idle before, and {after} after."


def leaked_connections(before: Mapping[str, int], after: Mapping[str, int]) -> Iterator[str]:
    """More when idle in the end than after the warm-up."""
    more = {name: after[name] - before.get(name, 0) for name in sorted(after)}
    if sum(more.values()) > CONNECTIONS_NOISE:
        told = ", ".join(f"{units:+} of {name}" for name, units in more.items() if units)
        yield f"{sum(before.values())} connections when idle before, and {sum(after.values())} after: {told}."


def stayed(samples: Sequence[Sample]) -> list[str]:
    """Processes that are in all samples."""
    return sorted(name for name in samples[0].processes if all(name in each.processes for each in samples))


def ended(samples: Sequence[Sample]) -> Iterator[str]:
    """Processes that are not."""
    here = stayed(samples)
    for name in sorted({name for each in samples for name in each.processes if name not in here}):
        yield f"{name} has ended."


def unbounded(found: Sequence[Table], rows: Rows) -> Iterator[str]:
    """Tables that grow without a rule that lets them, or that are not forgotten though a rule says so."""
    is_long = is_judged(rows)
    for each in found:
        counts = [(at_s, float(rest.get(each.name, 0))) for at_s, _, rest in rows]
        if each.kind in ("short", "steady") and is_long and grows(counts, noise=ROWS_NOISE):
            yield f"{each.name} grows under load, from {each.peaks[0]} to {each.peaks[1]} rows: {each.why}"
        elif each.kind == "steady" and each.after > each.built + ROWS_NOISE:
            yield f"{each.name} has grown from {each.built} to {each.after} rows: {each.why}"
        if each.kind in ("short", "long") and each.left > each.built + each.after * LEFT:
            yield f"{each.name} still has {each.left} of {each.after} rows when all are forgotten: {each.why}"


def is_judged(rows: Rows) -> bool:
    """Whether the jobs that forget had their turns in each quarter."""
    return (rows[-1][0] - rows[0][0]) / 4 >= TURNS_SECONDS
