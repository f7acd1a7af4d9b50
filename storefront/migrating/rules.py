"""What a migration may not do while the last release still runs and orders flow; each rule by a name."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db import models
from django.db.migrations import operations as ops
from django.db.migrations.state import ProjectState
from django.db.models import functions

from storefront.migrating.operations import AddIndexQuietly


class Offence(NamedTuple):
    """A rule, and what an operation does against it."""

    rule: str
    what: str


REMEDIES = {
    "removes-table": "Stop using it in this release, and remove it in the next one.",
    "renames-table": "Old code asks for the old name: keep the name, or set db_table.",
    "removes-column": "Stop using it in this release, and remove it in the next one, when no old code inserts it.",
    "renames-column": "Old code asks for the old name: add a column, fill both, remove the old one later.",
    "column-without-default": "Old code inserts rows without it: null=True, or db_default=...",
    "fills-each-row": "It rewrites the table under a lock: null=True, fill it in batches, then the default.",
    "removes-index": "Old code may ask by it, or insert ON CONFLICT: remove it a release later; excuse it with that.",
    "changes-type": "It rewrites the table under a lock: add a column, fill it in batches, switch, remove the old one.",
    "narrows-column": "Rows that are there may not fit, and old code writes such: check first, then narrow.",
    "requires-column": "It reads the whole table under a lock: a check constraint, NOT VALID, then validated.",
    "locks-for-index": "It keeps writers out while it is made: storefront.migrating.AddIndexQuietly, atomic = False.",
    "locks-for-constraint": "It reads the whole table under a lock: add it NOT VALID, and validate it in another one.",
    "moves-rows-beside-tables": "Tables and rows never share a file: make two migrations.",
    "moves-rows-at-once": "Its locks last until the end: atomic = False, and batches that commit.",
    "cannot-be-reversed": "Say how it is taken back; migrations.RunPython.noop where nothing is to be done.",
    "runs-sql": "Nobody sees from the outside what it locks: look, and excuse it with what you saw.",
    "is-unknown": "The linter does not know this operation: teach it, or excuse it with what it does.",
    "does-not-say-when": "The docstring says `Before the deploy` or `After the deploy`.",
    "excused-in-vain": "Nothing of the kind is done: take the excuse away.",
}
"""Rule -> what to do instead."""

HARMLESS = (
    ops.CreateModel, ops.AlterModelOptions, ops.AlterModelManagers, ops.AlterModelTableComment,
    ops.RenameIndex, ops.AlterConstraint, AddIndexQuietly,
)
ROWS = (ops.RunPython,)


def offences(operation: Any, app: str, before: ProjectState, new: set[str]) -> Iterator[Offence]:
    """What an operation does against the rules. new: models that this very migration makes, which are empty."""
    match operation:
        case ops.SeparateDatabaseAndState():
            for each in operation.database_operations:
                yield from offences(each, app, before, new)
        case ops.DeleteModel():
            yield Offence("removes-table", operation.name)
        case ops.RenameModel() | ops.AlterModelTable():
            yield Offence("renames-table", getattr(operation, "old_name", "") or operation.name)
        case ops.RunPython():
            if operation.reverse_code is None:
                yield Offence("cannot-be-reversed", _name(operation.code))
        case ops.RunSQL():
            yield Offence("runs-sql", f"{operation.sql}"[:60])
            if operation.reverse_sql is None:
                yield Offence("cannot-be-reversed", f"{operation.sql}"[:60])
        case _ if isinstance(operation, HARMLESS):
            return
        case _:
            yield from _of_columns(operation, app, before, new)


def _of_columns(operation: Any, app: str, before: ProjectState, new: set[str]) -> Iterator[Offence]:
    model = getattr(operation, "model_name", "") or getattr(operation, "name", "")
    if model.lower() in new:
        return
    where = f"{model}.{getattr(operation, 'name', '')}".rstrip(".")
    match operation:
        case ops.RemoveField():
            yield Offence("removes-column", where)
        case ops.RenameField():
            yield Offence("renames-column", f"{model}.{operation.old_name}")
        case ops.AddField():
            yield from _added(operation.field, where)
        case ops.AlterField():
            old = before.models[app, model.lower()].fields[operation.name]
            yield from _altered(old, operation.field, operation.name, where)
        case _:
            yield from _of_indexes(operation, model, before.models.get((app, model.lower())))


def _of_indexes(operation: Any, model: str, table: Any) -> Iterator[Offence]:
    match operation:
        case ops.AddIndex():
            yield Offence("locks-for-index", f"{model}: {operation.index.name}")
        case ops.AddConstraint():
            yield Offence("locks-for-constraint", f"{model}: {operation.constraint.name}")
        case ops.AlterUniqueTogether() | ops.AlterIndexTogether() | ops.AlterOrderWithRespectTo():
            yield Offence("locks-for-index", model)
        case ops.RemoveIndex():
            yield Offence("removes-index", f"{model}: {operation.name}")
        case ops.RemoveConstraint():
            yield from _unbound(table, operation.name)
        case _:
            yield Offence("is-unknown", f"{type(operation).__name__} {model}".rstrip())


def _unbound(table: Any, name: str) -> Iterator[Offence]:
    constraints = {constraint.name: constraint for constraint in table.options.get("constraints", ())}
    if not isinstance(constraints.get(name), models.CheckConstraint):
        yield Offence("removes-index", f"{table.name}: {name}")


def _added(field: Any, where: str) -> Iterator[Offence]:
    if field.many_to_many:
        return
    if field.generated or _is_volatile(field.db_default):
        yield Offence("fills-each-row", where)
    elif not field.null and field.db_default is models.NOT_PROVIDED:
        yield Offence("column-without-default", where)
    if _is_indexed(field):
        yield Offence("locks-for-index", where)
    if _points(field) and field.db_default is not models.NOT_PROVIDED:  # one that is null everywhere is not read
        yield Offence("locks-for-constraint", where)


def _altered(old: Any, new: Any, name: str, where: str) -> Iterator[Offence]:
    yield from _retyped(old, new, where)
    if _column(old, name) != _column(new, name):
        yield Offence("renames-column", f"{where}: {_column(old, name)} to {_column(new, name)}")
    if old.null and not new.null:
        yield Offence("requires-column", where)
    if _is_indexed(new) != _is_indexed(old):
        yield Offence("locks-for-index" if _is_indexed(new) else "removes-index", where)
    if _points(new) and not _points(old):
        yield Offence("locks-for-constraint", where)
    if old.db_default is not models.NOT_PROVIDED and new.db_default is models.NOT_PROVIDED and not new.null:
        yield Offence("column-without-default", where)


def _retyped(old: Any, new: Any, where: str) -> Iterator[Offence]:
    for before, after in zip(_type(old), _type(new), strict=True):
        if before != after:
            yield Offence("changes-type", f"{where}: {before} to {after}")
    if any(_is_narrower(getattr(new, size, None), getattr(old, size, None)) for size in ("max_length", "max_digits")):
        yield Offence("narrows-column", where)


def _type(field: Any) -> tuple[Any, ...]:
    """What a table is rewritten for, or the indexes of a column."""
    return field.get_internal_type(), getattr(field, "decimal_places", None), getattr(field, "db_collation", None)


def _is_narrower(new: int | None, old: int | None) -> bool:
    return new is not None and (old is None or new < old)


def _is_volatile(default: Any) -> bool:
    """Whether PostgreSQL may find another value for each row; it asks once for the time of a transaction."""
    parts = default.flatten() if hasattr(default, "flatten") else ()
    return any(isinstance(part, models.Func) and not isinstance(part, functions.Now) for part in parts)


def _points(field: Any) -> bool:
    return bool(field.remote_field and getattr(field, "db_constraint", False))


def _column(field: Any, name: str) -> str:
    return str(field.db_column or (f"{name}_id" if field.remote_field else name))


def _is_indexed(field: Any) -> bool:
    return bool(field.unique or field.db_index)


def _name(code: Any) -> str:
    return str(getattr(code, "__name__", code))
