"""A module's rows in an SQLite file."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from storefront.relocation.store import JOURNAL, CannotMove, Proof, Row, Sum
from storefront.relocation.table import Table

CLOSED = "storefront_closed"
PAGE = 5_000
_GUARDS = r"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%%\_no\_delete' ESCAPE '\'"


class SqliteStore:
    """Reads, writes, compares; see `Store`."""

    vendor = "sqlite"

    def __init__(self, path: Path) -> None:
        self.place = str(path.resolve())
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=20)
        self._connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.OperationalError):  # nothing to roll back: SQLite did
                self._connection.execute("ROLLBACK")
            raise

    def tables(self) -> set[str]:
        """Without those of full-text indexes, which triggers fill."""
        rows = self.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%%'")
        virtual = {name for name, sql in rows if sql.startswith("CREATE VIRTUAL")}
        derived = {name for name, _ in rows for index in virtual if name == index or name.startswith(f"{index}_")}
        return {name for name, _ in rows} - derived - {"django_migrations", JOURNAL}

    def migrations(self, module: str) -> set[str]:
        if not self.execute("SELECT 1 FROM sqlite_master WHERE name = 'django_migrations'"):
            return set()
        return {row[0] for row in self.execute("SELECT name FROM django_migrations WHERE app = %s", module)}

    def read(self, table: Table, *, after: Any, limit: int) -> list[Row]:
        behind, values = ("", []) if after is None else (f'WHERE "{table.key.name}" > %s', [_given(table, after)])
        order = f'ORDER BY "{table.key.name}" LIMIT {limit}'
        rows = self.execute(f'SELECT {_columns(table)} FROM "{table.name}" {behind} {order}', *values)  # noqa: S608
        return [self._taken(table, row) for row in rows]

    def _taken(self, table: Table, row: Row) -> Row:
        try:
            return [
                None if value is None else column.kind.from_sqlite(value)
                for column, value in zip(table.columns, row, strict=True)
            ]
        except (TypeError, ValueError) as error:
            raise CannotMove(f"{table.name}: a row of {self.place} cannot be read: {error}. {row}") from error

    def write(self, table: Table, rows: Sequence[Row]) -> None:
        marks = ", ".join("?" * len(table.columns))
        conversions = [column.kind.to_sqlite for column in table.columns]
        given = (
            [None if value is None else convert(value) for convert, value in zip(conversions, row, strict=True)]
            for row in rows
        )
        self._connection.executemany(
            f'INSERT INTO "{table.name}" ({_columns(table)}) VALUES ({marks})', given  # noqa: S608
        )

    def count(self, table: Table) -> int:
        return int(self.execute(f'SELECT count(*) FROM "{table.name}"')[0][0])  # noqa: S608

    def prove(self, tables: Sequence[Table]) -> dict[str, Proof]:
        self._connection.execute("BEGIN")
        try:
            return {table.name: self._proof(table) for table in tables}
        finally:
            self._connection.execute("COMMIT")

    def _proof(self, table: Table) -> Proof:
        total = Sum(table)
        for row in self._connection.execute(f'SELECT {_columns(table)} FROM "{table.name}"'):  # noqa: S608
            total.add(self._taken(table, row))
        return total.proof()

    def empty(self, tables: Sequence[Table]) -> None:
        self._unlock()  # here there is no session to which nothing is closed
        guards = self.execute(_GUARDS)  # of rows that nobody may delete one by one; there is no TRUNCATE
        for name, _ in guards:
            self.execute(f'DROP TRIGGER "{name}"')
        for table in reversed(tables):
            self.execute(f'DELETE FROM "{table.name}"')  # noqa: S608
        for _, sql in guards:
            self._connection.execute(sql)

    def counted_to(self, table: Table) -> int:
        rows = self.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", table.name)
        return int(rows[0][0]) if rows else 0

    def count_from(self, table: Table, number: int) -> None:
        number = max(number, self.counted_to(table))
        self.execute("DELETE FROM sqlite_sequence WHERE name = %s", table.name)
        self.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", table.name, number)

    def close_for_writing(self, tables: Sequence[Table], why: str) -> None:
        with self.transaction():
            for table in tables:
                for act in ("INSERT", "UPDATE", "DELETE"):
                    self.execute(
                        f'CREATE TRIGGER IF NOT EXISTS "{CLOSED}_{table.name}_{act}" BEFORE {act} ON "{table.name}"'
                        f" BEGIN SELECT RAISE(ABORT, '{_quoted(why)}'); END"
                    )

    def reopen(self, tables: Sequence[Table]) -> None:
        with self.transaction():
            self._unlock()

    def _unlock(self) -> None:
        for (name,) in self._locks():
            self.execute(f'DROP TRIGGER "{name}"')

    def _locks(self) -> list[tuple[Any, ...]]:
        return self.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s", f"{CLOSED}_%")

    def execute(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql.replace("%s", "?").replace("%%", "%"), values).fetchall()

    def close(self) -> None:
        self._connection.close()


def _columns(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.columns)


def _given(table: Table, key: Any) -> Any:
    return table.key.kind.to_sqlite(key)


def _quoted(text: str) -> str:
    return text.replace("'", "''")
