"""The time of the platform: real in production, turned by hand in tests.

Commands and handlers are given `now` by the platform, from the clock of the module's database.
"""

from datetime import UTC, datetime, timedelta

_offset = timedelta()


def now() -> datetime:
    """The present instant, timezone-aware UTC."""
    return datetime.now(UTC) + _offset


def offset_seconds() -> float:
    """How far tests have turned the clock, for those who read a database's own clock."""
    return _offset.total_seconds()


def turn(forward: timedelta) -> None:
    """Move the clock; tests only."""
    global _offset
    _offset += forward


def reset() -> None:
    """Back to the real time; tests only."""
    global _offset
    _offset = timedelta()
