"""Digests of all tables, renewed where something was written: cheap enough to look after every request."""

import re
from collections.abc import Iterable

from tests.hostile.books import Books, changed

_WRITTEN = re.compile(r'(?:\bINSERT\s+INTO|\bUPDATE|\bDELETE\s+FROM)\s+(?:"?\w+"?\.)?"?(\w+)"?', re.IGNORECASE)
_READ = re.compile(r"\s*(?:SELECT|EXPLAIN|SET)\b", re.IGNORECASE)


class Ledger:
    """What every table holds, as far as anybody has looked."""

    def __init__(self) -> None:
        self._books = Books()
        self._kept = self._books.read()

    def changes(self, statements: Iterable[tuple[str, str]]) -> list[str]:
        """The tables that these statements have changed, since the last look."""
        written = {table for _, sql in statements for table in _tables(sql)}
        if not written:
            return []
        if None in written:
            return self.all_changes()
        after = self._books.read(only=frozenset(str(table) for table in written))
        found = changed(self._kept, after)
        self._kept |= after
        return found

    def all_changes(self) -> list[str]:
        """The tables that have changed since the last look, whoever has written."""
        after = self._books.read()
        found = changed(self._kept, after)
        self._kept = after
        return found


def _tables(sql: str) -> list[str | None]:
    """Those that a statement may write; None for nobody knows which."""
    found: list[str | None] = list(_WRITTEN.findall(sql))
    return found if found or _READ.match(sql) else [None]
