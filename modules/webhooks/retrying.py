"""When a message is sent again, when it is given up, and when an endpoint is left alone. Pure."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=8)
FACTOR = 4
JITTER = 0.2
"""A pause is up to so much longer or shorter, so that what failed together does not come back together."""
GIVE_UP_AFTER = timedelta(days=3)
DISABLE_AFTER = timedelta(days=3)
"""Without any success."""
GONE = 410
SUCCESSES = range(200, 300)


def pause_after(attempts: int, *, chance: float, asked_for: timedelta = timedelta()) -> timedelta:
    """How long to wait after so many attempts: 5 s, then four times as long each time, up to 8 hours.

    chance: from 0 to 1. asked_for: by the receiver; honoured up to the longest pause.
    """
    usual = min(LONGEST_PAUSE, FIRST_PAUSE * int(FACTOR ** min(attempts - 1, 10)))
    return max(usual * (1 - JITTER + 2 * JITTER * chance), min(asked_for, LONGEST_PAUSE))


def next_attempt(
    attempts: int, *, tried_since: datetime, now: datetime, chance: float, asked_for: timedelta = timedelta()
) -> datetime | None:
    """When to send again; None once three days have passed since the first attempt. The last one is at their end."""
    end = tried_since + GIVE_UP_AFTER
    return None if now >= end else min(end, now + pause_after(attempts, chance=chance, asked_for=asked_for))


def asked_pause(retry_after: str, *, now: datetime) -> timedelta:
    """What a `Retry-After` header says, in seconds or as a date; nothing if it says nothing sensible."""
    if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 9:
        return timedelta(seconds=int(retry_after))
    try:
        return max(timedelta(), parsedate_to_datetime(retry_after) - now)
    except (TypeError, ValueError, OverflowError):
        return timedelta()
