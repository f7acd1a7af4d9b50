"""Wakes whoever works in the background: a commit of this process left something to do.

Only a hint; polling is the guarantee.
"""

import threading
from typing import Literal

Work = Literal["deliveries", "sagas"]

_lock = threading.Lock()
_left: set[tuple[str, Work]] = set()
awake = threading.Event()


def nudge(module: str, work: Work = "deliveries") -> None:
    """Say that `module` has deliveries or sagas that may be due."""
    with _lock:
        _left.add((module, work))
    awake.set()


def nudged() -> set[tuple[str, Work]]:
    """What was named since the last call."""
    with _lock:
        left = set(_left)
        _left.clear()
        awake.clear()
    return left
