"""All databases of the shop as they were at one instant.

Each is held against writers for the moment in which a reading transaction is opened on every one of them:
milliseconds, once writers that were at work have ended. Then everybody writes on, and the readers still see that
instant. Modules that share a PostgreSQL database share its snapshot; if it is the only one, nobody is held at all.
"""

import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from storefront import clock
from storefront.backup.manifest import Unfit
from storefront.relocation.postgresql import PostgresqlStore
from storefront.relocation.store import Store

LOCK_MS = 500
"""Shorter than PostgreSQL's search for deadlocks: where writers and we wait for each other, it is we who give way."""
ATTEMPTS = 40
BUSY_S = 20.0

Readers = Mapping[str, Any]
"""A connection by alias, its transaction open: `sqlite3.Connection` or `psycopg.Connection`."""


class Instant(NamedTuple):
    """Readers of one instant. paused_s: how long writers were held for it."""

    readers: Readers
    at: datetime
    paused_s: float


@contextmanager
def one_instant(stores: Mapping[str, Store]) -> Iterator[Instant]:
    """Open a reader per database, all at one instant.

    :raises Unfit: writers do not let us in
    """
    with ExitStack() as open_readers:
        groups = _databases(stores)
        readers = {place: open_readers.enter_context(_reader(store)) for place, store in groups.items()}
        if len(groups) == 1:
            at, paused_s = clock.now(), 0.0
            _pin(readers)
        else:
            at, paused_s = _together(groups, readers, stores)
        yield Instant({alias: readers[_place(store)] for alias, store in stores.items()}, at, paused_s)


def _together(
    groups: Mapping[str, Store], readers: Readers, stores: Mapping[str, Store]
) -> tuple[datetime, float]:
    for attempt in range(ATTEMPTS):
        began_at = time.monotonic()
        try:
            with ExitStack() as held:
                for place in sorted(groups):
                    of_place = [store for store in stores.values() if _place(store) == place]
                    held.enter_context(_held(groups[place], of_place))
                at = clock.now()
                _pin(readers)
            return at, time.monotonic() - began_at
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected, sqlite3.OperationalError) as error:
            if attempt + 1 == ATTEMPTS:
                raise Unfit(f"A transaction keeps its tables all the time: {error}") from error
            time.sleep(0.05 * (attempt + 1))
    raise AssertionError("unreachable")


def _databases(stores: Mapping[str, Store]) -> dict[str, Store]:
    """One store for each database; several schemas of one are read at the same snapshot anyway."""
    return {_place(store): store for store in stores.values()}


def _place(store: Store) -> str:
    return store.conninfo if isinstance(store, PostgresqlStore) else store.place


@contextmanager
def _reader(store: Store) -> Iterator[Any]:
    if isinstance(store, PostgresqlStore):
        with store.another().connection as connection:
            yield connection
    else:
        with closing(_opened(store)) as file:
            yield file


def _opened(store: Store) -> sqlite3.Connection:
    return sqlite3.connect(Path(store.place), isolation_level=None, timeout=BUSY_S)


def _pin(readers: Readers) -> None:
    """Open the transactions; the first read fixes what they see."""
    for reader in readers.values():
        if isinstance(reader, sqlite3.Connection):
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
        else:
            reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            reader.execute("SELECT 1")


@contextmanager
def _held(store: Store, of_place: list[Store]) -> Iterator[None]:
    """Nobody writes there meanwhile; whoever does at this moment is waited for."""
    if not isinstance(store, PostgresqlStore):
        with closing(_opened(store)) as file:
            file.execute("BEGIN IMMEDIATE")  # ends with the connection
            yield
        return
    tables = [
        sql.Identifier(each.schema, name)
        for each in of_place if isinstance(each, PostgresqlStore) for name in sorted(each.tables())
    ]
    with store.another().connection as connection, connection.transaction(force_rollback=True):
        connection.execute(f"SET LOCAL lock_timeout = '{LOCK_MS}ms'")
        connection.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(sql.SQL(", ").join(tables)))
        yield
