"""The moments at which a process can die and leave something behind.

They are found by watching: every commit that carries a write, every write that commits itself, every question to the
bank. A step that is added tomorrow has its moments here without an edit.
"""

import os
import re
import signal
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from time import sleep
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from modules.payments.sandbox.provider import Sandbox
from storefront.sagas.definition import SAGAS
from tests.faults.report import Moment

BANK = ("authorize", "capture", "void", "refund")
_WRITTEN = re.compile(r"\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?([a-z]+_\w+)")


class Watch:
    """Writes down every moment that this process lives through, and kills it at the fatal one."""

    def __init__(self, fatal: Moment | None = None) -> None:
        self.seen: list[Moment] = []
        self.fatal = fatal
        self._counts: Counter[str] = Counter()
        self._written: dict[BaseDatabaseWrapper, set[str]] = defaultdict(set)
        self._step = ""

    def begin(self) -> None:
        """Watch all connections of all threads, the bank and the sagas, until the process ends."""
        connection_created.connect(self._watch_statements, weak=False)
        self._watch_commits()
        for name in BANK:
            setattr(Sandbox, name, self._around(f"the bank is asked to {name}", getattr(Sandbox, name)))
        for saga in SAGAS.values():
            for step in saga.steps:
                step.action = self._during(step.name, step.action)
                step.undo = step.undo and self._during(f"undo: {step.name}", step.undo)

    @contextmanager
    def passing(self, what: str) -> Iterator[None]:
        """An event with its two moments."""
        self._counts[what] += 1
        nth = self._counts[what]
        self._live_through(Moment(what=what, nth=nth, when="before", step=self._step))
        yield
        self._live_through(Moment(what=what, nth=nth, when="after", step=self._step))

    def _live_through(self, moment: Moment) -> None:
        self.seen.append(moment)
        if self.fatal and self.fatal.is_at(moment):
            os.kill(os.getpid(), signal.SIGKILL)
            sleep(60)  # in another thread than the first one the signal may take a moment

    def _watch_commits(self) -> None:
        wrapper: Any = BaseDatabaseWrapper  # Django's stubs keep its inside to themselves
        commit, roll_back = wrapper._commit, wrapper._rollback

        def committing(connection: BaseDatabaseWrapper) -> None:
            tables = self._written.pop(connection, set())
            if not tables:
                commit(connection)
                return
            with self.passing(f"{connection.alias} commits {', '.join(sorted(tables))}"):
                commit(connection)

        def rolling_back(connection: BaseDatabaseWrapper) -> None:
            self._written.pop(connection, None)
            roll_back(connection)

        wrapper._commit, wrapper._rollback = committing, rolling_back

    def _watch_statements(self, *, connection: BaseDatabaseWrapper, **_: Any) -> None:
        connection.execute_wrappers.append(self._executing)

    def _executing(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        tables, connection = set(_WRITTEN.findall(sql)), context["connection"]
        if not tables:
            return execute(sql, params, many, context)
        if connection.in_atomic_block:
            self._written[connection] |= tables
            return execute(sql, params, many, context)
        with self.passing(f"{connection.alias} writes {', '.join(sorted(tables))}"):
            return execute(sql, params, many, context)

    def _around(self, what: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def asked(*args: Any, **kwargs: Any) -> Any:
            with self.passing(what):
                return function(*args, **kwargs)

        return asked

    def _during(self, step: str, action: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(action)
        def acted(*args: Any, **kwargs: Any) -> Any:
            self._step = step
            return action(*args, **kwargs)

        return acted
