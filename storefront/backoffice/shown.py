"""What a form showed, so that it can be told later whether that still stands."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.forms import ModelChoiceField
from django.utils.crypto import salted_hmac

Marks = dict[str, dict[str, str]]
"""Of a page: by row (`""` is the page's own, the others stand below it), the mark of each field's value."""

_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_LENGTH = 12


def marks_of(form: Any, formsets: Iterable[Any]) -> Marks:
    """The marks of a form and of the rows below it that were there when it was made."""
    return {"": _marks(form)} | {key: _marks(row) for formset in formsets for key, row in rows_of(formset).items()}


def rows_of(formset: Any) -> dict[str, Any]:
    """The forms of a set's stored rows, by a key that begins with the set's prefix."""
    return {f"{formset.prefix}:{_mark(row.instance.pk)}": row for row in formset.initial_forms}


def written(marks: Marks) -> str:
    """For a hidden field."""
    return json.dumps(marks, separators=(",", ":"))


def read(text: str) -> Marks:
    """What came back in the hidden field; nothing, if that is not what was written there."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    is_marks = isinstance(found, dict) and all(isinstance(row, dict) for row in found.values())
    return found if is_marks else {}


def differing(form: Any, shown: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The fields of a form as it would be shown now that were shown otherwise: the name, and the value of now."""
    for name, mark in _marks(form).items():
        if shown.get(name) != mark:
            yield name, _said(form.fields[name], form[name].initial)


def _marks(form: Any) -> dict[str, str]:
    """What cannot be typed over cannot be lost."""
    return {name: _mark(form[name].initial) for name, field in form.fields.items() if not field.disabled}


def _mark(value: Any) -> str:
    """Letters only, lest they read as numbers of cards; keyed, so that they tell nothing of what was not shown."""
    if isinstance(value, list | models.QuerySet) and all(isinstance(each, models.Model) for each in value):
        value = sorted(str(each.pk) for each in value)
    plain = json.dumps(value, sort_keys=True, default=_plain)
    return salted_hmac("storefront.backoffice.shown", plain).hexdigest()[:_LENGTH].translate(_LETTERS)


def _plain(value: Any) -> str:
    return str(value.pk) if isinstance(value, models.Model) else str(value)


def _said(field: Any, value: Any) -> str:
    """As a person reads it."""
    if isinstance(value, list | models.QuerySet):
        return ", ".join(map(str, value)) or "empty"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value in (None, ""):
        return "empty"
    if isinstance(field, ModelChoiceField):
        try:
            return str(field.to_python(value))
        except ValidationError:  # it is gone by now
            return "empty"
    if hasattr(field, "choices"):
        return str(dict(field.choices).get(value, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
