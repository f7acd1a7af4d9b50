"""Databases of a module, migrated and empty, as many as a test wants."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from storefront.relocation import place
from storefront.relocation.move import Move
from storefront.relocation.postgresql import PostgresqlStore
from storefront.relocation.store import Store
from storefront.relocation.table import Table, tables_of
from storefront.testing.postgresql import USER, throwaway


class Premises:
    """Makes them from templates, which are migrated once."""

    def __init__(self, folder: Path, server: str) -> None:
        self.folder, self.server = folder, server
        self.said: list[str] = []
        self._made: set[str] = set()
        self._numbers = count()
        self._open: list[Store] = []

    def new(self, vendor: str, module: str) -> str:
        """The URL of a fresh one."""
        template = f"{module}_template"
        name = f"{module}_{next(self._numbers)}"
        if f"{vendor} {module}" not in self._made:
            if vendor == "postgresql":
                self.administer(f"CREATE DATABASE {template}")
            place.migrate(module, self._url(vendor, template))
            self._made.add(f"{vendor} {module}")
        if vendor == "postgresql":
            self.administer(f"CREATE DATABASE {name} TEMPLATE {template}")
        else:
            shutil.copyfile(self.folder / f"{template}.sqlite3", self.folder / f"{name}.sqlite3")
        return self._url(vendor, name)

    def unmade(self, vendor: str) -> str:
        """The URL of a database in which nothing is yet."""
        name = f"unmade_{next(self._numbers)}"
        if vendor == "postgresql":
            self.administer(f"CREATE DATABASE {name}")
        return self._url(vendor, name)

    def _url(self, vendor: str, name: str) -> str:
        return f"{self.server}/{name}" if vendor == "postgresql" else f"sqlite:///{self.folder}/{name}.sqlite3"

    def administer(self, statement: str) -> list[tuple[Any, ...]]:
        """On the server, outside the databases."""
        with psycopg.connect(f"{self.server}/postgres", autocommit=True) as connection:
            cursor = connection.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []

    def move(self, module: str, source: str, target: str) -> Move:
        """A move between two of them, not begun."""
        stores = [place.place_at(module, url) for url in (source, target)]
        self._open += stores
        self.said.clear()
        return Move(module, tables_of(module), stores[0], stores[1], self.said.append)

    def close(self) -> None:
        """Let go of what a test has opened."""
        while self._open:
            self._open.pop().close()


@contextmanager
def premises(folder: Path, *settings: str) -> Iterator[Premises]:
    """On a server of their own, which can replicate."""
    with throwaway("wal_level=logical", *settings) as port:
        made = Premises(folder, f"postgres://{USER}@127.0.0.1:{port}")
        try:
            yield made
        finally:
            made.close()


def table_of(move: Move, name: str) -> Table:
    """A table by its name."""
    return next(table for table in move.tables if table.name == name)


def put(move: Move, name: str, *rows: dict[str, Any]) -> None:
    """Write rows at the source."""
    table = table_of(move, name)
    with move.source.transaction():
        move.source.write(table, [[row[column.name] for column in table.columns] for row in rows])


def found(store: Store, table: Table) -> list[dict[str, Any]]:
    """All rows, in the order of their keys."""
    names = [column.name for column in table.columns]
    rows = store.read(table, after=None, limit=1_000_000)
    return sorted((dict(zip(names, row, strict=True)) for row in rows), key=lambda row: str(row[table.key.name]))


def replicas(premises: Premises, *stores: Store) -> list[Any]:
    """What is left of a replication anywhere."""
    left = premises.administer("SELECT slot_name FROM pg_replication_slots")
    left += premises.administer("SELECT subname FROM pg_subscription")
    for store in stores:
        assert isinstance(store, PostgresqlStore)
        left += store.execute("SELECT pubname FROM pg_publication")
    return left
