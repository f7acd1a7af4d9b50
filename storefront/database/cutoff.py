"""Statements of work that nobody waits for any more are cut off, on PostgreSQL and on SQLite.

A statement's own time limit bounds one statement; a body may run many, and a query runs outside any transaction. So one
thread looks every 50 ms for work past its deadline, and cancels whatever statement it is at, until it has ended.
"""

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections

from storefront.calls.deadline import DEADLINE

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.05
CANCEL_SECONDS = 2.0
"""For PostgreSQL to take a cancellation."""


class _Work:
    """What one thread does on some databases, and until when it is wanted."""

    def __init__(self, until: float, wrappers: list[Any]) -> None:
        self.until = until
        self.lock = threading.Lock()  # held while cancelling: no cancellation may reach whatever comes next
        self.wrappers = wrappers
        self._spared: set[Any] = set()
        self._is_done = False

    def cut(self) -> None:
        with self.lock:
            for wrapper in () if self._is_done else self.wrappers:
                if wrapper not in self._spared:
                    _cancel(wrapper.connection)

    def spare(self, wrapper: Any) -> None:
        with self.lock:
            self._spared.add(wrapper)

    def spare_no_more(self, wrapper: Any) -> None:
        with self.lock:
            self._spared.discard(wrapper)

    def done(self) -> None:
        with self.lock:
            self._is_done = True


_at_work: set[_Work] = set()
_starting = threading.Lock()
_thread: threading.Thread | None = None


@contextmanager
def cut_off_at_deadline(aliases: Iterable[str]) -> Iterator[None]:
    """Let no statement of this thread on these databases run past the deadline at hand; without one, do nothing."""
    until = DEADLINE.get()
    if until is None:
        yield
        return
    work = _Work(until, [connections[alias] for alias in aliases if alias in connections.settings])
    if _thread is None:
        _start()
    _at_work.add(work)
    try:
        yield
    finally:
        _at_work.discard(work)
        work.done()


@contextmanager
def commit_not_cut_off(alias: str) -> Iterator[None]:
    """Let a commit come to its end, however late.

    PostgreSQL answers a commit whose wait for its synchronous standby is canceled as if the standby had it: what is
    acknowledged then is lost when the standby takes over.
    """
    wrapper = connections[alias]
    works = [work for work in _at_work.copy() if wrapper in work.wrappers]
    for work in works:
        work.spare(wrapper)
    try:
        yield
    finally:
        for work in works:
            work.spare_no_more(wrapper)


def _start() -> None:
    global _thread
    with _starting:
        if _thread is None:
            _thread = threading.Thread(target=_look, name="storefront-cutoff", daemon=True)
            _thread.start()


def _forget() -> None:
    """A forked process has none of its parent's threads."""
    global _thread
    _thread = None
    _at_work.clear()


os.register_at_fork(after_in_child=_forget)


def _look() -> None:
    while True:
        time.sleep(LOOK_SECONDS)
        now = time.monotonic()
        for work in _at_work.copy():
            if work.until <= now:
                work.cut()


def _cancel(connection: Any) -> None:
    try:
        if isinstance(connection, sqlite3.Connection):
            connection.interrupt()
        elif connection is not None:
            connection.cancel_safe(timeout=CANCEL_SECONDS)
    except Exception:  # it has just ended or is closed, or the server is away: there is nothing left to cancel
        log.debug("A statement could not be cancelled.", exc_info=True)
