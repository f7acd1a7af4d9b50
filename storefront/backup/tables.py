"""The tables of one database of the shop: a module's, or those of Django and the platform in `default`."""

from typing import Any, NamedTuple

from django.apps import apps

from storefront.database.router import alias_of
from storefront.relocation.column import TEXT, Column
from storefront.relocation.table import Table


class Kept(NamedTuple):
    """One table. columns: those that somebody writes. serial: the one that the database counts up, if any."""

    name: str
    columns: tuple[str, ...]
    serial: str

    def as_table(self) -> Table:
        """As far as counting goes."""
        return Table(self.name, (), Column(self.serial, TEXT), self.serial, frozenset())


def kept_at(alias: str) -> tuple[Kept, ...]:
    """Every table at an alias, by name."""
    models = apps.get_models(include_auto_created=True)
    found = {_kept(model) for model in models if alias_of(model._meta.app_label) == alias and _is_table(model)}
    return tuple(sorted(found))


def _is_table(model: Any) -> bool:
    return bool(model._meta.managed and not model._meta.proxy)


def _kept(model: Any) -> Kept:
    meta = model._meta
    columns = tuple(field.column for field in meta.concrete_fields if not field.generated)
    return Kept(meta.db_table, columns, meta.auto_field.column if meta.auto_field else "")
