"""Wakes whoever relays: a commit of this process left something to do. Only a hint; polling is the guarantee."""

import threading

_lock = threading.Lock()
_modules: set[str] = set()
awake = threading.Event()


def nudge(module: str) -> None:
    """Say that `module` has deliveries, sagas or timers that may be due."""
    with _lock:
        _modules.add(module)
    awake.set()


def nudged() -> set[str]:
    """The modules named since the last call."""
    with _lock:
        modules = set(_modules)
        _modules.clear()
        awake.clear()
    return modules
