"""What the rows were that somebody is about to change, and what became of them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, ValidationError

from storefront.backoffice.log import Change

MOST = 100
"""Rows that one act is told of in full."""
UNTOLD = frozenset({"updated_at", "version"})
"""They change with everything."""
PERSONAL = re.compile(r"e?mail|phone|address|postal|recipient|customer|full_name", re.IGNORECASE)
"""That it changed is told, not from what to what: a log that nobody can edit could never forget a person."""


class Snapshot:
    """Rows of one log's tables as they stood at a moment.

    A model may say by which arguments of commands its rows are named: `named_by = {"sku": "item_id"}`, argument to
    field. Besides, `order_id` names the row of the model `Order` whose `id`, or primary key, it is. Where arguments
    name rows of several models, those count that take the most arguments to be named.
    """

    def __init__(self, log: str) -> None:
        self._log = log
        self._rows: dict[tuple[Any, str], dict[str, Any]] = {}

    def take(self, model: Any, ids: Iterable[str]) -> None:
        """Remember the rows with these primary keys."""
        wanted = [each for each in ids if each][:MOST]
        if model is None or not wanted:
            return
        try:
            self._remember(model, model._default_manager.filter(pk__in=wanted))
        except (TypeError, ValueError, ValidationError):  # nothing that could be an id of this model
            return

    def take_named(self, arguments: Mapping[str, Any]) -> None:
        """Remember the rows that the arguments of a command name."""
        for model, wanted in self._named(arguments):
            self._remember(model, model._default_manager.filter(**wanted))

    def changes(self, *, pk: str | None = None) -> list[Change]:
        """From what to what: each field that differs now. pk: of one row only."""
        found: list[Change] = []
        for model in {model for model, _ in self._rows}:
            rows = {key: row for (kind, key), row in self._rows.items() if kind is model and pk in (None, key)}
            now = {str(each.pk): _fields(each) for each in model._default_manager.filter(pk__in=list(rows))}
            for key, before in rows.items():
                prefix = f"{model._meta.verbose_name} {key}: " if len(self._rows) > 1 and pk is None else ""
                found += _differences(before, now.get(key, {}), prefix)
        return found

    def _remember(self, model: Any, rows: Any) -> None:
        for each in rows[:MOST]:
            self._rows[model, str(each.pk)] = _fields(each)

    def _named(self, arguments: Mapping[str, Any]) -> list[tuple[Any, dict[str, Any]]]:
        found: list[tuple[Any, dict[str, Any]]] = []
        for model in apps.get_app_config(self._log).get_models():
            for named_by in (getattr(model, "named_by", {}), _by_id(model)):
                values = {field: _at(arguments, argument) for argument, field in named_by.items()}
                if values and None not in values.values():
                    found.append((model, values))
        most = max((len(values) for _, values in found), default=0)
        return [(model, values) for model, values in found if len(values) == most]


def _by_id(model: Any) -> dict[str, str]:
    try:
        field = model._meta.get_field("id").name
    except FieldDoesNotExist:
        field = "pk"
    return {f"{model._meta.model_name}_id": field}


def _at(arguments: Mapping[str, Any], path: str) -> Any:
    """An argument, or a field of one: `product.id`."""
    name, _, rest = path.partition(".")
    value = arguments.get(name)
    return getattr(value, rest, None) if rest else value


def _fields(row: Any) -> dict[str, Any]:
    return {field.name: getattr(row, field.attname) for field in row._meta.concrete_fields}


def _differences(before: Mapping[str, Any], after: Mapping[str, Any], prefix: str) -> list[Change]:
    names = [name for name in {**before, **after} if name not in UNTOLD and before.get(name) != after.get(name)]
    return [Change(f"{prefix}{name}", *_told(name, before.get(name), after.get(name))) for name in names]


def _told(name: str, before: Any, after: Any) -> tuple[Any, Any]:
    return (None, "(changed)") if PERSONAL.search(name) else (_plain(before), _plain(after))


def _plain(value: Any) -> Any:
    return bytes(value).decode(errors="replace") if isinstance(value, bytes | memoryview) else value
