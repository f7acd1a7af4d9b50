"""Several writes as one statement: a CTE on PostgreSQL, one after another in a transaction on SQLite.

SQLite has RETURNING and UPDATE FROM but no writable CTE. There each step's rows are handed to the later steps as a
CTE of values, so that one SQL text serves both.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connections

ALIAS = "payments"

Row = tuple[Any, ...]


class Step(NamedTuple):
    """One write. `columns` names what its RETURNING gives; later steps select from `name`."""

    name: str
    sql: str
    columns: tuple[str, ...] = ()


def run(steps: Sequence[Step], parameters: Mapping[str, Any], *, answer: str) -> list[Row]:
    """Carry out `steps`; returns the rows of the one called `answer`.

    No step sees another's writes in its tables, only its rows: PostgreSQL runs them on one snapshot.
    """
    if connections[ALIAS].vendor == "postgresql":
        return _at_once(steps, parameters, answer)
    return _in_turn(steps, parameters, answer)


def _at_once(steps: Sequence[Step], parameters: Mapping[str, Any], answer: str) -> list[Row]:
    parts = ", ".join(f"{_named(step)} AS ({step.sql})" for step in steps)
    columns = ", ".join(next(step.columns for step in steps if step.name == answer))
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(f"WITH {parts} SELECT {columns} FROM {answer}", dict(parameters))  # noqa: S608
        return list(cursor.fetchall())


def _in_turn(steps: Sequence[Step], parameters: Mapping[str, Any], answer: str) -> list[Row]:
    values, found = dict(parameters), dict[str, list[Row]]()
    known: list[str] = []
    with connections[ALIAS].cursor() as cursor:
        for step in steps:
            cursor.execute(f"WITH {', '.join(known)} {step.sql}" if known else step.sql, values)
            if step.columns:
                found[step.name] = list(cursor.fetchall())
                known.append(_as_values(step, found[step.name], values))
    return found[answer]


def _as_values(step: Step, rows: list[Row], values: dict[str, Any]) -> str:
    """A CTE that stands for the rows of an earlier step; their values join the parameters."""
    lines = []
    for number, row in enumerate(rows):
        names = [f"{step.name}_{number}_{column}" for column in step.columns]
        values.update(zip(names, row, strict=True))
        lines.append("SELECT " + ", ".join(f"%({name})s" for name in names))
    nothing = "SELECT " + ", ".join(["NULL"] * len(step.columns)) + " WHERE 1 = 0"
    return f"{_named(step)} AS ({' UNION ALL '.join(lines) or nothing})"


def _named(step: Step) -> str:
    return f"{step.name} ({', '.join(step.columns)})" if step.columns else step.name
