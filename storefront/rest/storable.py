"""What every database of ours can hold."""

from typing import Any

LARGEST_INTEGER = 2**63 - 1


def is_storable(value: Any) -> bool:
    """No text with a NUL, no integer of more than 64 bits, also inside a tuple."""
    if isinstance(value, str):
        return "\0" not in value
    if isinstance(value, (tuple, list)):
        return all(is_storable(part) for part in value)
    return not isinstance(value, int) or -LARGEST_INTEGER <= value <= LARGEST_INTEGER
