"""Reading a table from one end to the other, a page at a time, while somebody hears how far it is.

By key and not by a cursor: no transaction stays open, and rows may be repaired between two pages.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")

PAGE = 500
ASKED_AT_ONCE = 250
"""Rows in one answer of another module; a whole answer is at most 256 KiB."""
TOLD_EVERY = 10_000
LOOK_AGAIN_AFTER_S = 0.5

Tell = Callable[[str], None]
_tell: ContextVar[Tell | None] = ContextVar("tell", default=None)


@contextmanager
def heard_by(tell: Tell) -> Iterator[None]:
    """Have this function told how far long passes are."""
    token = _tell.set(tell)
    try:
        yield
    finally:
        _tell.reset(token)


def pages_of(rows: Any, *, key: str = "pk") -> Iterator[list[Any]]:
    """The rows of a queryset in the order of `key`, which is unique, at most `PAGE` of them at once."""
    ordered = rows.order_by(key)
    page = list(ordered[:PAGE])
    name, seen, told = rows.model._meta.verbose_name_plural, 0, TOLD_EVERY
    while page:
        yield page
        seen += len(page)
        if seen >= told and (tell := _tell.get()):
            tell(f"{rows.model._meta.app_label}: {seen} {name} so far")
            told += TOLD_EVERY
        last = page[-1].pk if key == "pk" else getattr(page[-1], key)
        page = list(ordered.filter(**{f"{key}__gt": last})[:PAGE]) if len(page) == PAGE else []


def asked_in_pages(ask: Callable[..., tuple[T, ...]], *, key: Callable[[T], str]) -> Iterator[tuple[T, ...]]:
    """The answers of a query that takes `after` and `limit`, until there are no more."""
    after = ""
    while page := ask(after=after, limit=ASKED_AT_ONCE):
        yield page
        after = key(page[-1])


def look_again() -> None:
    """Let pass what is on its way: a fact that was just announced, a step that was just taken."""
    time.sleep(LOOK_AGAIN_AFTER_S)
