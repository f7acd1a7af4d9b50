"""The shop is closed and weeks pass: what is forgotten then, and whether the books are in order."""

import time
from collections.abc import Callable
from typing import NamedTuple

from drill.soak.premises import Inside

SOON_MINUTES = (11, 21, 32, 11)
"""One after the other: the bank's late letters are here, who does not come back from the bank is waited for no longer,
money set aside there is given back, and that was confirmed."""
DAY_MINUTES = 24 * 60
DAYS = 100
"""Longer than the longest window: an inbox's, a week more than the ninety days of a fact."""
TELL_DAYS = 10
PATIENCE_SECONDS = 3600.0
"""For what time forgets, of however many rows."""


class Later(NamedTuple):
    """How it is then."""

    days: float
    audit: list[str]
    """Findings, when all had settled and before anything was forgotten; and after."""
    rows: dict[str, int]


def passed(inside: Inside, say: Callable[[str], None]) -> Later:
    """Until nothing is forgotten any more, after all windows are over."""
    say("The shop is closed; an hour passes ...")
    for minutes in SOON_MINUTES:
        inside.later(minutes)
    found = inside.audit()
    say(f"{DAYS} days pass ...")
    inside.later(DAYS * DAY_MINUTES)
    days, give_up_at = float(DAYS), time.monotonic() + PATIENCE_SECONDS
    rows, before = inside.rows(), dict[str, int]()
    while rows != before and time.monotonic() < give_up_at:
        inside.later(DAY_MINUTES)
        days, before, rows = days + 1, rows, inside.rows()
        if not days % TELL_DAYS:
            say(f"{sum(rows.values())} rows are there {days:.0f} days later ...")
    return Later(days, [*found, *(each for each in inside.audit() if each not in found)], rows)
