"""Writes of model rows without the ORM's compiler, for hot paths: a third of its time, and several in one statement.

The ORM stays where a person waits seldom. What is written here is what `save()` and `update()` would write.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connections
from django.db.models import Model
from django.db.models.fields import Field

from storefront.database.router import alias_of
from storefront.database.unit import Statement


class Sql:
    """An expression in place of a value, such as `version + 1`."""

    def __init__(self, text: object) -> None:
        self.text = str(text)


def inserted(rows: Sequence[Model], *, returning: str = "", **expressions: Sql) -> Statement:
    """INSERT of rows of one model; keys that the database makes are left to it. expressions: SQL by column."""
    made = rows[0]._meta.auto_field if rows[0].pk is None else None
    fields = [each for each in rows[0]._meta.concrete_fields if each is not made and each.column not in expressions]
    names = [str(field.column) for field in fields] + list(expressions)
    line = ", ".join([*["%s"] * len(fields), *(each.text for each in expressions.values())])
    lines = ", ".join([f"({line})"] * len(rows))
    values = [_prepared(field, getattr(row, field.attname)) for row in rows for field in fields]
    table, end = rows[0]._meta.db_table, f" RETURNING {returning}" if returning else ""
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES {lines}{end}", values  # noqa: S608


def updated(model: type[Model], columns: Mapping[str, Any], *, where: Mapping[str, Any]) -> Statement:
    """UPDATE of the rows in which each column of `where` has that value."""
    sets, values = _assigned(model, columns)
    conditions, wanted = _assigned(model, where)
    sql = f"UPDATE {model._meta.db_table} SET {', '.join(sets)} WHERE {' AND '.join(conditions)}"  # noqa: S608
    return sql, [*values, *wanted]


def together(first: Mapping[str, Statement], last: Statement) -> Statement:
    """Several writes as one statement of PostgreSQL: `last` may read what the `first` ones return, by their names."""
    parts = ", ".join(f"{name} AS ({sql})" for name, (sql, _) in first.items())
    return f"WITH {parts} {last[0]}", [*(value for _, values in first.values() for value in values), *last[1]]


MANY = 16
"""Rows from which arrays are quicker than a mark for each cell: drivers read every mark of a statement."""
_ARRAYS = {str: "text", bool: "boolean", int: "bigint", datetime: "timestamptz", date: "date"}


def rows_of(alias: str, rows: Sequence[Sequence[Any]]) -> Statement:
    """Rows for an INSERT or a common table expression: a `VALUES` list, or many of them on PostgreSQL as arrays."""
    if len(rows) < MANY or connections[alias].vendor != "postgresql":
        row = f"({', '.join(['%s'] * len(rows[0]))})"
        return f"VALUES {', '.join([row] * len(rows))}", [value for line in rows for value in line]
    names, arrays, columns = [], [], []
    for number, column in enumerate(zip(*rows, strict=True)):
        kind = next((type(value) for value in column if value is not None), None)
        names.append(f"given.c{number}" if kind else "NULL")
        if kind:
            arrays.append(f"%s::{_ARRAYS[kind]}[]")
            columns.append(list(column))
    given = ", ".join(name.partition(".")[2] for name in names if name != "NULL")
    return f"SELECT {', '.join(names)} FROM unnest({', '.join(arrays)}) AS given ({given})", columns  # noqa: S608


def carry_out(alias: str, statement: tuple[str, Any]) -> int:
    """Execute; returns how many rows it wrote."""
    with connections[alias].cursor() as cursor:
        cursor.execute(*statement)
        return int(cursor.rowcount)


def fetched(alias: str, statement: tuple[str, Any]) -> list[tuple[Any, ...]]:
    """Execute; returns the rows."""
    with connections[alias].cursor() as cursor:
        cursor.execute(*statement)
        return list(cursor.fetchall())


def _assigned(model: type[Model], columns: Mapping[str, Any]) -> tuple[list[str], list[Any]]:
    parts, values = [], []
    for name, value in columns.items():
        if isinstance(value, Sql):
            parts.append(f"{name} = {value.text}")
        else:
            field: Any = model._meta.get_field(name)
            parts.append(f"{field.column} = %s")
            values.append(_prepared(field, value))
    return parts, values


def _prepared(field: "Field[Any, Any]", value: Any) -> Any:
    return field.get_db_prep_save(value, connections[alias_of(field.model._meta.app_label)])
