"""Law 1: no transaction spans modules, so no call is made while one is open."""

import threading

from django.db import connections

_seen = threading.local()


class CallInsideTransaction(RuntimeError):
    """A module was called while a transaction was open; gather facts before, or write a saga."""


def open_transaction() -> str | None:
    """The alias of a transaction that is open in this thread, a test's own frame not counted."""
    try:
        wrappers = _seen.wrappers
    except AttributeError:
        wrappers = _seen.wrappers = [connections[alias] for alias in connections]
    for wrapper in wrappers:
        if wrapper.in_atomic_block and not (wrapper.atomic_blocks and wrapper.atomic_blocks[-1]._from_testcase):
            return str(wrapper.alias)
    return None
