"""How far a move is, written down where its rows are, in the transaction that wrote them."""

from typing import Any

import msgspec

from storefront.relocation.store import JOURNAL, Store


class Progress(msgspec.Struct, frozen=True):
    """How much of a table is there: up to which key, how many rows, and whether that is all."""

    last: int | str | None = None
    rows: int = 0
    is_done: bool = False


class Journal:
    """Names and what is said of them, in a table of the mover's own."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def begin(self) -> None:
        """Make the table, if it is not there."""
        self._store.execute(f"CREATE TABLE IF NOT EXISTS {JOURNAL} (name text PRIMARY KEY, said text NOT NULL)")

    def end(self) -> None:
        """Nothing is under way any more."""
        self._store.execute(f"DROP TABLE IF EXISTS {JOURNAL}")

    def __getitem__(self, name: str) -> str:
        if not self._is_there():
            return ""
        rows = self._store.execute(f"SELECT said FROM {JOURNAL} WHERE name = %s", name)  # noqa: S608
        return str(rows[0][0]) if rows else ""

    def __setitem__(self, name: str, said: str) -> None:
        self._store.execute(
            f"INSERT INTO {JOURNAL} (name, said) VALUES (%s, %s)"  # noqa: S608
            " ON CONFLICT (name) DO UPDATE SET said = excluded.said", name, said,
        )

    def progress(self, table: str) -> Progress:
        """How much of a table is there."""
        said = self[f"table {table}"]
        return msgspec.json.decode(said, type=Progress) if said else Progress()

    def record(self, table: str, progress: Progress) -> None:
        """So much of it is there now."""
        self[f"table {table}"] = msgspec.json.encode(progress).decode()

    def _is_there(self) -> bool:
        if self._store.vendor == "sqlite":
            return bool(self._store.execute("SELECT 1 FROM sqlite_master WHERE name = %s", JOURNAL))
        found: Any = self._store.execute("SELECT to_regclass(%s) IS NOT NULL", JOURNAL)[0][0]
        return bool(found)
