"""Counts SQL statements over all databases: of this thread, or of the processes where the shop runs.

The frames of transactions, and savepoints of the test's own, are not counted.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.db import connections

from storefront.calls.transport import REPEATING

_FRAMES = ("BEGIN", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT", "PRAGMA")


class Statements(list[tuple[str, str]]):
    """(alias, SQL) of each statement, in order."""

    def __str__(self) -> str:
        shown = ((alias, " ".join(sql.split())[:200]) for alias, sql in self)
        return "\n".join(f"{number:>3} {alias:<10} {sql}" for number, (alias, sql) in enumerate(shown, 1))


ELSEWHERE: list[Any] = []
"""The processes of this run, if the shop does not run in this one."""


@contextmanager
def counted() -> Iterator[Statements]:
    """Every statement that is sent meanwhile, whole when the block ends. Not what a test topology repeats.

    By this thread; where the shop runs in processes, by all of them, while their background rests.
    """
    if ELSEWHERE:
        with _counted_in(ELSEWHERE[0]) as seen:
            yield seen
        return
    seen = Statements()
    with ExitStack() as stack:
        for alias in connections:
            stack.enter_context(connections[alias].execute_wrapper(_watch(alias, seen)))
        yield seen


@contextmanager
def _counted_in(processes: Any) -> Iterator[Statements]:
    seen = Statements()
    processes.ask("pause")
    processes.ask("record")
    try:
        yield seen
    finally:
        told = [each for part in processes.ask("recorded") for each in part]
        processes.ask("resume")
        seen.extend((alias, sql) for alias, sql in told if not _is_frame(sql))


def _is_frame(sql: str) -> bool:
    return sql.lstrip().upper().startswith(_FRAMES)


def _watch(alias: str, seen: Statements) -> Callable[..., Any]:
    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if not REPEATING.get() and not _is_frame(sql):
            seen.append((alias, sql))
        return execute(sql, params, many, context)

    return watch
