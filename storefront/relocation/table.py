"""The tables that leave with a module: its models', the platform's among them. What a database derives stays out."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.apps import apps

from storefront.relocation.column import TEXT, WHOLE, Column, column_of


class Table(NamedTuple):
    """One table. `columns` are those that somebody writes: generated ones fill themselves."""

    name: str
    columns: tuple[Column, ...]
    key: Column
    serial: str
    """The column that the database counts up; empty if there is none."""
    refers: frozenset[str]
    """The tables that its rows refer to, perhaps itself."""

    @property
    def is_ordered(self) -> bool:
        """Whether some of its rows can be there without the others, and the last of them can be written down."""
        return self.name not in self.refers and self.key.kind in (TEXT, WHOLE)


def tables_of(module: str) -> tuple[Table, ...]:
    """Every table of a module, none before those that it refers to."""
    models = apps.get_app_config(module).get_models(include_auto_created=True)
    return _in_order([_table(model) for model in models if model._meta.managed and not model._meta.proxy])


def _table(model: Any) -> Table:
    meta = model._meta
    written = [field for field in meta.concrete_fields if not field.generated]
    referred = [field.related_model._meta.db_table for field in written if field.remote_field]
    serial = meta.auto_field.column if meta.auto_field else ""
    return Table(
        meta.db_table, tuple(map(column_of, written)), column_of(meta.pk), serial, frozenset(referred)
    )


def _in_order(tables: Iterable[Table]) -> tuple[Table, ...]:
    waiting, ordered = {table.name: table for table in tables}, list[Table]()
    while waiting:
        ready = [table for table in waiting.values() if not (table.refers - {table.name}) & waiting.keys()]
        if not ready:
            raise RecursionError(f"{', '.join(sorted(waiting))} refer to each other in a circle.")
        for table in sorted(ready):
            ordered.append(waiting.pop(table.name))
    return tuple(ordered)
