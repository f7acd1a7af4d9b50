"""How much is sent, by which seed, and what is written down of it."""

import json
import os
from pathlib import Path

from tests.fuzz.episode import Tally

COUNT = int(os.environ.get("FUZZ_REQUESTS", "2000"))
"""Of all roles together."""
SEED = os.environ.get("FUZZ_SEED", "20260101")
ONLY = os.environ.get("FUZZ_EPISODE", "")
"""The number of one episode, to send it again alone."""
EPISODE = 200
"""Requests to one shop: then a new one, so that tables stay small and an episode can be repeated alone."""
REPORTS = Path(os.environ.get("REPORTS", ".reports"))


def episodes(count: int) -> list[tuple[int, int]]:
    """(number, requests) of the episodes of a role that sends so many."""
    sizes = [EPISODE] * (count // EPISODE) + ([count % EPISODE] if count % EPISODE else [])
    numbered = list(enumerate(sizes, 1))
    return [each for each in numbered if not ONLY or each[0] == int(ONLY)]


def write_down(name: str, tally: Tally) -> None:
    """A role's numbers, for the report."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    path = REPORTS / f"fuzz-{name.replace(' ', '-').replace(':', '-')}.json"
    path.write_text(json.dumps({"role": name, "seed": SEED} | vars(tally), indent=1))


def report() -> str:
    """All roles' numbers as a page; what was written by another seed is left out."""
    told = [json.loads(path.read_text()) for path in sorted(REPORTS.glob("fuzz-*.json"))]
    rows = [row for row in told if row["seed"] == SEED]
    total, done, statuses = 0, Tally().done, Tally().statuses
    lines = [f"# Fuzzing, FUZZ_SEED={SEED}", "", "| role | requests | done | complaints | slowest, ms | seconds |",
             "|---|---|---|---|---|---|"]
    for row in rows:
        total += row["requests"]
        done.update(row["done"])
        statuses.update(row["statuses"])
        lines.append(
            f"| {row['role']} | {row['requests']} | {sum(row['done'].values())} | {len(row['wrong'])} "
            f"| {row['slowest'] * 1000:.0f} | {row['seconds']:.1f} |"
        )
    lines += ["", f"{total} requests. Answers: {_listed(dict(sorted(statuses.items())))}.", "",
              f"Done, by operation: {_listed(dict(sorted(done.items())))}.", ""]
    lines += [f"- {wrong}" for row in rows for wrong in row["wrong"][:50]]
    return "\n".join(lines)


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name}: {count}" for name, count in counts.items())
