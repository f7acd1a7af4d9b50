"""Everything that the shop's databases hold, searched for what would lead to a person."""

from typing import Any

from django.apps import apps
from django.db import connections

from storefront.database.router import alias_of
from storefront.topology import modules_here


def hits(*values: str) -> dict[str, int]:
    """table.column -> rows of it that hold one of these values, over all tables of all modules and of the platform."""
    found: dict[str, int] = {}
    for model in apps.get_models(include_auto_created=True):
        if alias_of(model._meta.app_label) not in (*modules_here(), "default"):
            continue
        for column, count in _hits_in(model, values).items():
            found[f"{model._meta.db_table}.{column}"] = count
    return found


def _hits_in(model: Any, values: tuple[str, ...]) -> dict[str, int]:
    names = [field.column for field in model._meta.concrete_fields]
    found: dict[str, int] = {}
    with connections[alias_of(model._meta.app_label)].cursor() as cursor:
        columns = ", ".join(f'"{name}"' for name in names)
        cursor.execute(f'SELECT {columns} FROM "{model._meta.db_table}"')
        for row in cursor.fetchall():
            for name, value in zip(names, row, strict=True):
                said = bytes(value).decode(errors="replace") if isinstance(value, bytes | memoryview) else f"{value}"
                if any(each.lower() in said.lower() for each in values):
                    found[name] = found.get(name, 0) + 1
    return found
