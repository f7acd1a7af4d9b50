"""Many rows in one go: COPY on PostgreSQL, multi-row INSERT elsewhere."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from django.db import connections

from storefront.database.writing import rows_of

MOST_VALUES = 30_000
"""SQLite takes 32,766 parameters, PostgreSQL 65,535."""

Row = Sequence[Any]


def put(table: str, columns: Sequence[str], rows: Iterable[Row], *, unique: Sequence[str] = ()) -> None:
    """Insert rows, or with `unique` given, replace those that exist."""
    suffix = _replacing(columns, unique) if unique else ""
    remaining = iter(rows)
    with connections["catalog"].cursor() as cursor:
        while batch := list(islice(remaining, MOST_VALUES // len(columns))):
            given, parameters = rows_of("catalog", batch)
            cursor.execute(f"INSERT INTO {table} ({_named(columns)}) {given}{suffix}", parameters)


def copy(table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Insert new rows as fast as the database can."""
    connection = connections["catalog"]
    if connection.vendor != "postgresql":
        put(table, columns, rows)
        return
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({_named(columns)}) FROM STDIN") as into:
        for row in rows:
            into.write_row(row)


def remove(table: str, product_ids: Sequence[str]) -> None:
    """Delete what belongs to these products."""
    marks = ", ".join(["%s"] * len(product_ids))
    with connections["catalog"].cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE product_id IN ({marks})", list(product_ids))  # noqa: S608


def _replacing(columns: Sequence[str], unique: Sequence[str]) -> str:
    changed = ", ".join(f"{column} = excluded.{column}" for column in columns if column not in unique)
    return f" ON CONFLICT ({', '.join(unique)}) DO UPDATE SET {changed}"


def _named(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
