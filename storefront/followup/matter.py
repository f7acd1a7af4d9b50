"""Matters that need an operator: how many there are in a module, since when, and what to do."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from storefront.interface import Value


class Seen(NamedTuple):
    """What a look found: how many, and since when the oldest waits, where that is known."""

    number: int
    since: datetime | None = None


class Matter(Value):
    """A sort of trouble in a module, at this moment."""

    module: str
    title: str
    """What waits, as a person says it: Dead letters."""
    count: int
    since: datetime | None
    page: str
    """Where the back office lists it: a path below `/admin/`."""
    remedy: str
    """What an operator does: a sentence."""


Look = Callable[[], Seen]


class _Sort(NamedTuple):
    title: str
    page: str
    remedy: str
    look: Look


_SORTS: dict[str, list[_Sort]] = {}
"""Module -> the sorts of trouble that it looks for."""


def follow_up(module: str, *, title: str, page: str, remedy: str) -> Callable[[Look], Look]:
    """Show on the dashboard what the decorated function counts in `module`; nothing where it counts none.

    page: below `/admin/`, such as `payments/payment/?alarm=yes`. remedy: what the operator does, in a sentence.
    """

    def register(look: Look) -> Look:
        sorts = _SORTS.setdefault(module, [])
        sorts[:] = [each for each in sorts if each.title != title] + [_Sort(title, page, remedy, look)]
        return look

    return register


def matters(modules: Iterable[str]) -> list[Matter]:
    """All that waits for an operator in modules of this process."""
    found = []
    for module in modules:
        for title, page, remedy, look in _SORTS.get(module, ()):
            count, since = look()
            if count:
                found.append(Matter(module=module, title=title, count=count, since=since, page=page, remedy=remedy))
    return found
