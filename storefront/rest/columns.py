"""Which Python type a column of an order holds."""

from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import models


@cache
def type_of(model: type[models.Model], name: str) -> Any:
    """What a cursor carries for this field.

    :raises TypeError: for a field that can be null or that no cursor carries
    """
    field = model._meta.get_field(name)
    if getattr(field, "null", False):
        raise TypeError(f"{model.__name__}.{name} can be null; order by what never is.")
    for kind, held in _HELD:
        if isinstance(field, kind):
            return held
    raise TypeError(f"{model.__name__}.{name}: no cursor carries a {type(field).__name__}.")


_HELD: tuple[tuple[type[Any], Any], ...] = (
    (models.DateTimeField, datetime), (models.DateField, date), (models.BooleanField, bool),
    (models.IntegerField, int), (models.CharField, str), (models.TextField, str),
)
