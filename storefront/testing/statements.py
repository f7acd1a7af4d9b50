"""Counts SQL statements over all databases of this thread, savepoints of the test's own frame not counted."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.db import connections

from storefront.calls.transport import REPEATING

_FRAMES = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT", "PRAGMA")


class Statements(list[tuple[str, str]]):
    """(alias, SQL) of each statement, in order."""

    def __str__(self) -> str:
        shown = ((alias, " ".join(sql.split())[:200]) for alias, sql in self)
        return "\n".join(f"{number:>3} {alias:<10} {sql}" for number, (alias, sql) in enumerate(shown, 1))


@contextmanager
def counted() -> Iterator[Statements]:
    """Every statement that this thread sends meanwhile. Not what a test topology repeats."""
    seen = Statements()
    with ExitStack() as stack:
        for alias in connections:
            stack.enter_context(connections[alias].execute_wrapper(_watch(alias, seen)))
        yield seen


def _watch(alias: str, seen: Statements) -> Callable[..., Any]:
    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if not REPEATING.get() and not sql.lstrip().upper().startswith(_FRAMES):
            seen.append((alias, sql))
        return execute(sql, params, many, context)

    return watch
