"""Which handles and SKUs a file has named so far: on disk, so that the largest file needs no more memory."""

import sqlite3
from types import TracebackType
from typing import Self


class Seen:
    """A private database that is gone when it is closed."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("")  # a temporary file, by SQLite's own convention
        self._database.execute("CREATE TABLE seen (name TEXT PRIMARY KEY, line INTEGER, handle TEXT) WITHOUT ROWID")

    def first(self, kind: str, name: str, *, line: int, handle: str) -> tuple[int, str] | None:
        """Where the name occurred before, as line and handle; remembers it if it is new."""
        key = f"{kind}:{name}"
        found = self._database.execute("SELECT line, handle FROM seen WHERE name = ?", [key]).fetchone()
        if found is None:
            self._database.execute("INSERT INTO seen VALUES (?, ?, ?)", [key, line, handle])
        return found  # type: ignore[no-any-return]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()
