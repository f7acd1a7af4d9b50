"""System checks: no column that looks like personal data is left undeclared."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, register
from django.db import models

from storefront.database import tables
from storefront.personal import platform
from storefront.personal.declaring import HARMLESS, declared
from storefront.topology import modules_here

LOOKS_PERSONAL = re.compile(
    r"(^|_)(e?mail|phone|mobile|address|street|line[12]|postal|postcode|zip|city|birth|born|gender|ip|company|customer"
    r"|shopper|buyer|person|recipient|payee|iban|token|body|payload|metadata|notes?|reason|detail|actor|name)(_|s?$)"
)
"""Names of columns that hold something of a person more often than not; those of ids and times do not."""
NEVER = re.compile(r"_(id|at|minor|g|code|status|until)$")
_tables: tuple[type[Any], ...] = (*tables.KERNEL, tables.SagaRow)
KERNEL = {model.__name__ for model in _tables}
"""Models of the platform, in every module."""


@register("storefront")
def check_personal(**_kwargs: Any) -> list[CheckMessage]:
    """Every such column of a module of this process is in its map of personal data, or said to be harmless."""
    return [
        Error(
            f"{label}.{column} looks like personal data, and nobody has said whether it is.",
            hint="Declare it in the module's personal.py: holds(...) if it is a person's, else harmless(...) with why.",
            id="storefront.E020",
        )
        for module in modules_here() for label, column in undeclared(module)
    ]


def undeclared(module: str) -> list[tuple[str, str]]:
    """The module's columns that look personal and are in no map: (model's label, column)."""
    maps = declared(module)
    known = {
        (held.model._meta.label_lower, name)
        for held in maps for name in (*held.fields, *held.texts, *held.bodies, held.email)
    }
    return [
        (model._meta.label_lower, field.name)
        for model, field in _looking_personal(apps.get_app_config(module).get_models())
        if not _is_known(model, field.name, known)
    ]


def _is_known(model: type[models.Model], column: str, known: set[tuple[str, str]]) -> bool:
    label = model._meta.label_lower
    if model.__name__ in KERNEL:
        scrubbed = next((texts for texts in platform.ALL if texts.model == model.__name__), None)
        return bool(scrubbed and column in scrubbed.columns) or (model.__name__.lower(), column) in platform.HARMLESS
    return (label, column) in known or (label, column) in HARMLESS


def _looking_personal(found: Iterable[type[models.Model]]) -> Iterator[tuple[type[models.Model], Any]]:
    for model in found:
        for field in model._meta.concrete_fields:
            if LOOKS_PERSONAL.search(field.name) and not NEVER.search(field.name):
                yield model, field
