"""All rows of all tables, to tell whether a request has changed one."""

from typing import Any

from django.db import connections

KEPT_BY_DESIGN = ("_callkey", "_auditentry")
"""A refusal is an answer, and is stored under the key that it answers; and what a machine tried is noted."""

_NOTED = {"rest_apikey": "last_used_at"}
"""The one column that reading may write."""


class Books:
    """The tables of every database."""

    def __init__(self) -> None:
        self._tables = [
            (alias, table) for alias in connections for table in sorted(connections[alias].introspection.table_names())
            if not table.endswith(KEPT_BY_DESIGN)
        ]

    def read(self, *, only: frozenset[str] | None = None) -> dict[str, int]:
        """A digest per table. only: the tables of these names."""
        return {
            f"{alias}.{table}": _digest(alias, table) for alias, table in self._tables if only is None or table in only
        }


def changed(before: dict[str, int], after: dict[str, int]) -> list[str]:
    """The tables that differ."""
    return [table for table, digest in after.items() if before[table] != digest]


def _digest(alias: str, table: str) -> int:
    connection = connections[alias]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
        unseen = {at for at, column in enumerate(cursor.description or ()) if column[0] == _NOTED.get(table)}
        return hash(tuple(sorted(_shown(row, unseen) for row in cursor.fetchall())))


def _shown(row: tuple[Any, ...], unseen: set[int]) -> str:
    kept = [value for at, value in enumerate(row) if at not in unseen]
    return repr([bytes(value) if isinstance(value, memoryview) else value for value in kept])
