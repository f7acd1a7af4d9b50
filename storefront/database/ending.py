"""Connections end with the thread that opened them. Left to Django they stay open until the garbage collector's rarest
turn, and a server that ends idle threads, and starts others when there is work, would open more and more of them.
"""

import threading
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper


class _Opened:
    """What one thread has opened. It goes when the thread ends, and closes them then, in that thread."""

    def __init__(self) -> None:
        self._owner = threading.get_ident()
        self._connections: set[BaseDatabaseWrapper] = set()

    def add(self, connection: BaseDatabaseWrapper) -> None:
        self._connections.add(connection)

    def __del__(self) -> None:
        if threading.get_ident() == self._owner and threading.main_thread().ident != self._owner:
            for connection in self._connections:
                connection.close()


_here = threading.local()


def close_with_the_thread(*, connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Whenever a connection is opened; one that other threads share stays open."""
    if connection.allow_thread_sharing:
        return
    if not hasattr(_here, "opened"):
        _here.opened = _Opened()
    _here.opened.add(connection)
