"""The map of personal data: which columns hold it, how a row of a person is found, what must stay and until when."""

from collections.abc import Callable, Mapping
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

from django.db import models


class Erasure(NamedTuple):
    """What erasing does to a row: columns and their new values; and why something stays, if anything does."""

    changes: Mapping[str, Any]
    kept: str = ""


Erase = Callable[[Any, datetime], Erasure]


class Held(NamedTuple):
    """A model that holds personal data."""

    model: type[models.Model]
    fields: Mapping[str, Callable[[Any], Any]]
    """Column -> what is left of a value."""
    email: str
    """The column of the person's address; empty where there is none."""
    known_by: tuple[str, ...]
    """Columns whose ids lead to a row."""
    leads_to: tuple[str, ...]
    """Columns whose ids lead on, here and in other modules."""
    texts: tuple[str, ...]
    """Columns of free text or JSON, in which a person is erased where they stand."""
    bodies: tuple[str, ...]
    """Columns of bytes as they came from outside; searched for the person, and erased in the same way."""
    with_rows: tuple[str, ...]
    """Relations whose rows are told to the person with it."""
    erase: Erase
    """What erasing does to a row."""


HELD: dict[str, list[Held]] = {}
"""Module -> its models that hold personal data."""
HARMLESS: dict[tuple[str, str], str] = {}
"""(model's label, column) -> why it holds none, whatever its name says."""


def holds(
    model: type[models.Model], fields: Mapping[str, Callable[[Any], Any]], *, email: str = "",
    known_by: tuple[str, ...] = (), leads_to: tuple[str, ...] = (), texts: tuple[str, ...] = (),
    bodies: tuple[str, ...] = (), with_rows: tuple[str, ...] = (), erase: Erase | None = None,
) -> None:
    """Declare that columns of `model` hold personal data, and what is left of each when a person is forgotten."""

    def blank(row: Any, _now: datetime) -> Erasure:
        return Erasure({name: left(getattr(row, name)) for name, left in fields.items()})

    held = Held(model, fields, email, known_by, leads_to, texts, bodies, with_rows, erase or blank)
    own = HELD.setdefault(model._meta.app_label, [])
    own[:] = [each for each in own if each.model is not model] + [held]


def harmless(model: type[models.Model], **columns: str) -> None:
    """Declare that columns hold no personal data, and why."""
    HARMLESS.update({(model._meta.label_lower, column): why for column, why in columns.items()})


def declared(module: str) -> list[Held]:
    """What the module's `personal.py` declares."""
    name = f"modules.{module}.personal"
    if find_spec(name):
        import_module(name)
    return HELD.get(module, [])
