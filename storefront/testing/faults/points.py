"""Places of a running process where a test can let it die, and a clock that a test can move. Nothing of the product
knows of them: whoever starts a process under test calls `Points(...).watch(...)` in it.

A file `die-<process>` in the folder, `<place>\\n<how often it may pass before>`, lets the next process of that name die
there with -9; it becomes `died-<process>-<when>@<place>`. `clock` holds seconds by which the clock of all processes
and databases is ahead, `skew-<process>` seconds by which that of one process alone is wrong.
"""

import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

LOOK_SECONDS = 0.2
WRITTEN = re.compile(r"\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?([a-z]+_\w+)")
"""The table that a statement writes."""
Passing = Callable[[str, set[str], Callable[[], Any], bool], Any]


class Points:
    """In one process, by the name that the test gave it."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name
        self._die = str(folder / f"die-{name}")
        self._passed = 0
        self._lock = threading.Lock()

    def watch(self, *, providers: Sequence[tuple[type, Sequence[str]]]) -> None:
        """All places, until the process ends. providers: classes and their methods that ask somebody outside."""
        from storefront.calls.http import Http
        from storefront.events import broker, http, inbox

        watch_commits(lambda _alias, _tables, write, _is_commit: self._around("commit", write))
        for owner, names in providers:
            for name in names:
                self._wrap(owner, name, "before the provider", "after the provider")
        self._wrap(Http, "carry", "before call", "after call")
        self._wrap(http, "send", "", "after send")
        self._wrap(broker, "send", "", "after send")
        self._wrap(inbox, "receive", "", "before acknowledgement")
        self._move_clock()
        threading.Thread(target=self._look_at_the_clock, daemon=True).start()

    def come_to(self, place: str) -> None:
        """Die here, if this is the place and the time."""
        if place and os.path.exists(self._die):  # noqa: PTH110  # often asked: spare what Path does
            with self._lock, suppress(FileNotFoundError, ValueError):
                self._maybe_die(place)

    def _maybe_die(self, place: str) -> None:
        wanted, skip = Path(self._die).read_text().split("\n")
        if place != wanted:
            return
        self._passed += 1
        if self._passed > int(skip):
            Path(self._die).rename(self._folder / f"died-{self._name}-{time.time_ns()}@{place}")
            os.killpg(os.getpgid(0), signal.SIGKILL)
            time.sleep(60)  # in another thread than the first one the signal may take a moment

    def _around(self, what: str, function: Callable[[], Any]) -> Any:
        self.come_to(f"before {what}")
        answer = function()
        self.come_to(f"after {what}")
        return answer

    def _wrap(self, owner: Any, name: str, before: str, after: str) -> None:
        function = getattr(owner, name)

        @wraps(function)
        def passed(*args: Any, **kwargs: Any) -> Any:
            self.come_to(before)
            answer = function(*args, **kwargs)
            self.come_to(after)
            return answer

        setattr(owner, name, passed)

    def _move_clock(self) -> None:
        from storefront import clock

        self._skew, self._turned, right = timedelta(), 0.0, clock.now
        clock.now = lambda: right() + self._skew
        self._read_clock()

    def _read_clock(self) -> None:
        from storefront import clock

        turned = self._seconds("clock")
        clock.turn(timedelta(seconds=turned - self._turned))
        self._turned = turned
        self._skew = timedelta(seconds=self._seconds(f"skew-{self._name}"))

    def _seconds(self, name: str) -> float:
        try:
            return float((self._folder / name).read_text())
        except (FileNotFoundError, ValueError):
            return 0.0

    def _look_at_the_clock(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            self._read_clock()


def watch_commits(passing: Passing) -> None:
    """Have `passing(alias, tables, write, is_commit)` carry out each commit, and each write that commits itself.

    `write` takes nothing; commits without a write go their usual way.
    """
    written: dict[BaseDatabaseWrapper, set[str]] = {}
    wrapper: Any = BaseDatabaseWrapper  # Django's stubs keep its inside to themselves
    commit, roll_back = wrapper._commit, wrapper._rollback

    def committing(connection: BaseDatabaseWrapper) -> None:
        tables = written.pop(connection, set())
        if tables:
            passing(connection.alias, tables, lambda: commit(connection), True)
        else:
            commit(connection)

    def rolling_back(connection: BaseDatabaseWrapper) -> None:
        written.pop(connection, None)
        roll_back(connection)

    def executing(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        tables, connection = set(WRITTEN.findall(sql)), context["connection"]
        if tables and not connection.in_atomic_block:
            return passing(connection.alias, tables, lambda: execute(sql, params, many, context), False)
        if tables:
            written.setdefault(connection, set()).update(tables)
        return execute(sql, params, many, context)

    def watch_statements(*, connection: BaseDatabaseWrapper, **_: Any) -> None:
        if executing not in connection.execute_wrappers:
            connection.execute_wrappers.append(executing)

    wrapper._commit, wrapper._rollback = committing, rolling_back
    connection_created.connect(watch_statements, weak=False)


def deaths(folder: Path) -> Iterator[tuple[str, str]]:
    """Process and place of each that died where it was told to."""
    for each in sorted(folder.glob("died-*")):
        name, _, place = each.name.removeprefix("died-").partition("@")
        yield name.rpartition("-")[0], place


def tell_to_die(folder: Path, process: str, place: str, *, skip: int = 0) -> None:
    """The next process of that name that comes to this place, for the `skip` + 1st time."""
    half = folder / f".die-{process}"
    half.write_text(f"{place}\n{skip}")
    half.rename(folder / f"die-{process}")
