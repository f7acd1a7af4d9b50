"""All databases of a shop in memory: built once, put back for each play, and unreliable where a play wants it.

The actors share one connection to each, for only one of them is ever at work, and none is interrupted in a transaction.
"""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connections
from django.db.utils import load_backend

from storefront.testing.simulation.cell import SLOW_STATEMENT_SECONDS
from storefront.testing.simulation.stage import Killed, Stage

_WRITTEN = re.compile(r"\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?([a-z]+_\w+)")
COMMIT_SECONDS = 0.0005
_FRAMES = ("SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA")


class Memory:
    """The databases, under every alias that the settings name."""

    def __init__(self) -> None:
        self._wrappers = {alias: _in_memory(alias) for alias in connections}
        self._kept: dict[str, sqlite3.Connection] = {}
        self._stage: Stage | None = None
        for wrapper in self._wrappers.values():
            _Watched(wrapper, self)

    @contextmanager
    def adopted(self) -> Iterator[None]:
        """This thread works on these databases."""
        before = {alias: connections[alias] for alias in self._wrappers}
        for alias, wrapper in self._wrappers.items():
            connections[alias] = wrapper
        try:
            yield
        finally:
            for alias, wrapper in before.items():
                connections[alias] = wrapper

    @contextmanager
    def played(self, stage: Stage) -> Iterator[None]:
        """Put the shop back as it was built, and let `stage` say what fails."""
        for alias, kept in self._kept.items():
            kept.backup(self._wrappers[alias].connection)
        self._stage = stage
        try:
            yield
        finally:
            self._stage = None

    def keep(self) -> None:
        """What the shop is put back to from now on."""
        for alias, wrapper in self._wrappers.items():
            kept = self._kept[alias] = sqlite3.connect(":memory:", check_same_thread=False)
            wrapper.connection.backup(kept)

    @property
    def stage(self) -> Stage | None:
        """The play at hand."""
        return self._stage


def _in_memory(alias: str) -> Any:
    settings = connections.settings[alias] | {
        "ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "CONN_MAX_AGE": None,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA foreign_keys=ON;"},
    }
    wrapper = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, alias)
    wrapper.inc_thread_sharing()
    return wrapper


class _Watched:
    """One database: the moments at which a process can die there, or the database can fail it."""

    def __init__(self, wrapper: Any, memory: Memory) -> None:
        self._wrapper, self._memory = wrapper, memory
        self._written: set[str] = set()
        self._commit, self._roll_back = wrapper._commit, wrapper._rollback
        wrapper._commit, wrapper._rollback = self._committing, self._rolling_back
        wrapper.execute_wrappers.append(self._executing)

    def _rolling_back(self) -> None:
        self._written.clear()
        self._roll_back()

    def _committing(self) -> None:
        written, self._written = self._written, set()
        if written and self._memory.stage:
            self._carry_out(f"commits {', '.join(sorted(written))}", self._commit, roll_back=self._roll_back)
        else:
            self._commit()

    def _executing(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        stage = self._memory.stage
        if stage is None or stage.current is None or sql.lstrip().upper().startswith(_FRAMES):
            return execute(sql, params, many, context)
        if stage.is_dead:
            raise Killed
        if not self._wrapper.in_atomic_block:
            stage.pause()
        self._lean(stage, sql)
        tables = set(_WRITTEN.findall(sql))
        if sql.startswith("BEGIN"):
            self._wrapper.commit_on_exit, self._wrapper.needs_rollback = True, False  # whoever came between is done
        elif self._wrapper.in_atomic_block:
            self._written |= tables
        elif tables:
            return self._carry_out(f"writes {', '.join(sorted(tables))}", lambda: execute(sql, params, many, context))
        return execute(sql, params, many, context)

    def _carry_out(self, what: str, work: Callable[[], Any], *, roll_back: Callable[[], None] | None = None) -> Any:
        """With a moment before it and a moment after it."""
        stage = self._memory.stage
        assert stage
        what = f"{self._wrapper.alias} {what}"
        try:
            self._suffer(stage, f"before {what}")
        except BaseException:
            if roll_back:
                roll_back()
            raise
        found = work()
        stage.now += COMMIT_SECONDS
        stage.tell(what)
        self._suffer(stage, f"after {what}")
        return found

    def _lean(self, stage: Stage, sql: str) -> None:
        """On a database that may be away, or slow."""
        fault = stage.fault_of(self._wrapper.alias, "database", sql.split(maxsplit=1)[0])
        if fault == "down":
            raise OperationalError(f"The simulated database of {self._wrapper.alias} is away.")
        if fault == "slow":
            stage.now += SLOW_STATEMENT_SECONDS

    def _suffer(self, stage: Stage, moment: str) -> None:
        if stage.trouble("killed", moment):
            stage.kill()
        is_a_lie = moment.startswith("after") and stage.fault_of(self._wrapper.alias, "database", moment) == "lying"
        if is_a_lie or stage.trouble("database fails", moment):
            raise OperationalError(f"The simulated database failed {moment}.")
