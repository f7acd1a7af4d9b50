"""What moving needs of a database, PostgreSQL or SQLite alike."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

from storefront.relocation.table import Table

Row = Sequence[Any]
JOURNAL = "storefront_relocation"
"""The table in which a move says how far it is; nothing of the module's."""


class CannotMove(Exception):
    """The move stops, or does not begin; says what is the case and what to do."""


class Proof(NamedTuple):
    """What is in a table: how many rows, and a sum over their contents that no order of rows changes."""

    rows: int
    checksum: str


class Store(Protocol):
    """One module's rows in one database. Its connection is its own, and commits at once outside `transaction`."""

    vendor: str
    place: str
    """Where it is, without a password."""

    def transaction(self) -> AbstractContextManager[Any]:
        """All or nothing."""

    def tables(self) -> set[str]:
        """The names of tables that hold what nothing else can derive."""

    def migrations(self, module: str) -> set[str]:
        """The applied ones."""

    def read(self, table: Table, *, after: Any, limit: int) -> list[Row]:
        """Rows by key, from behind `after`; None is the beginning."""

    def write(self, table: Table, rows: Sequence[Row]) -> None:
        """Add rows."""

    def count(self, table: Table) -> int:
        """How many rows there are."""

    def prove(self, tables: Sequence[Table]) -> dict[str, Proof]:
        """What is in these tables at one instant."""

    def empty(self, tables: Sequence[Table]) -> None:
        """Remove all rows, even those that nobody else may remove."""

    def counted_to(self, table: Table) -> int:
        """The highest number that the database gave to a row, even if that one is gone."""

    def count_from(self, table: Table, number: int) -> None:
        """Have the next row get a number above this one."""

    def close_for_writing(self, tables: Sequence[Table], why: str) -> None:
        """Let writers that are at work finish, and refuse what comes after; what was closed before stays closed."""

    def reopen(self, tables: Sequence[Table]) -> None:
        """Let everybody write, if it was closed."""

    def execute(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """One statement, whose marks are `%s`; the rows of its answer."""

    def close(self) -> None:
        """Let the connection go."""


class Sum:
    """A checksum as rows come: each row's own hash, added up."""

    def __init__(self, table: Table) -> None:
        self._said = [column.kind.said for column in table.columns]
        self._rows = self._high = self._low = 0

    def add(self, row: Row) -> None:
        """One more row."""
        parts = (b"-" if value is None else _sized(say(value)) for say, value in zip(self._said, row, strict=True))
        digest = hashlib.md5(b"".join(parts), usedforsecurity=False).hexdigest()
        self._rows += 1
        self._high += int(digest[:15], 16)
        self._low += int(digest[15:30], 16)

    def proof(self) -> Proof:
        """What the rows so far amount to."""
        return Proof(self._rows, checksum(self._high, self._low))


def checksum(high: int, low: int) -> str:
    """The two sums as one text of 32 digits."""
    return f"{high % 2**64:016x}{low % 2**64:016x}"


def _sized(text: str) -> bytes:
    encoded = text.encode()
    return b"%d:%s" % (len(encoded), encoded)


def pages(store: Store, table: Table, *, after: Any, size: int) -> Iterator[list[Row]]:
    """All rows behind `after`, so many at a time."""
    place = [column.name for column in table.columns].index(table.key.name)
    while rows := store.read(table, after=after, limit=size):
        yield rows
        after = rows[-1][place]
