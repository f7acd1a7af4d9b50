"""What every database of ours can hold."""

from datetime import UTC, datetime, timedelta
from typing import Any

LARGEST_INTEGER = 2**63 - 1
FARTHEST_OFFSET = timedelta(hours=16)
"""PostgreSQL reads none as far from UTC; on Earth it is 14 hours at most."""


def is_storable(value: Any) -> bool:
    """No text with a NUL, no integer of more than 64 bits, no time that has no instant in UTC; also inside a tuple."""
    if isinstance(value, str):
        return "\0" not in value
    if isinstance(value, (tuple, list)):
        return all(is_storable(part) for part in value)
    if isinstance(value, datetime):
        return _has_instant(value)
    return not isinstance(value, int) or -LARGEST_INTEGER <= value <= LARGEST_INTEGER


def _has_instant(time: datetime) -> bool:
    """Whether databases can tell when it was in UTC: not without an offset, nor early in year 1 in the east."""
    offset = time.utcoffset()
    if offset is None or abs(offset) >= FARTHEST_OFFSET:
        return False
    try:
        return bool(time.astimezone(UTC))
    except OverflowError:
        return False
