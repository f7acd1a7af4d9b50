"""The rule of each table: kept, and why; or forgotten, after what, by which job."""

from importlib import import_module
from importlib.util import find_spec
from typing import NamedTuple

from django.db import models


class Rule(NamedTuple):
    """What becomes of a table's rows in time."""

    why: str
    """Why they are kept, or when they are forgotten: words that follow the table's name."""
    job: str = ""
    """The module's scheduled job that forgets them; empty where they are kept, or go with the rows they belong to."""


RULES: dict[str, Rule] = {}
"""A model's label, in small letters -> its rule."""


Table = type[models.Model] | str
"""A model, or its label in small letters."""


def kept(*tables: Table, why: str) -> None:
    """Rows of these tables are never deleted by themselves, and why that is well."""
    for table in tables:
        RULES[_label(table)] = Rule(why)


def forgotten(*tables: Table, after: str, by: str) -> None:
    """Rows of these tables are deleted after some time by a scheduled job of their module."""
    for table in tables:
        RULES[_label(table)] = Rule(after, by)


def _label(table: Table) -> str:
    return table if isinstance(table, str) else table._meta.label_lower


def rules(module: str) -> dict[str, Rule]:
    """What the module's `keeping.py` declares, among all that is declared so far."""
    name = f"modules.{module}.keeping"
    if find_spec(name):
        import_module(name)
    return RULES
