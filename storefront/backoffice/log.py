"""Writing a module's audit log."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from django.apps import apps
from django.db import transaction

from storefront import clock
from storefront.backoffice import chain
from storefront.cards import masked
from storefront.database.router import alias_of
from storefront.personal.masking import covered, covered_text, known_people
from storefront.rest.context import request_id
from storefront.topology import modules_here

HOME = "home"
"""The log of what is no module's: sign-ins, people, roles and keys. It lies where identity has its home."""

OUTCOMES = {
    "done": "success", "refused": "warning", "forbidden": "danger", "unavailable": "danger", "unknown": "danger",
    "failed": "danger",
}
"""How an act may end, and the colour of its label."""
LONGEST = 500
"""Characters that are kept of one value."""

_SECRET = re.compile(r"password|secret|token|card|cvc", re.IGNORECASE)


class Change(NamedTuple):
    """A field or an argument: what it was, where that is known, and what it is to be."""

    name: str
    before: Any
    after: Any


class Deed(NamedTuple):
    """What is written of one act on one object."""

    operator: str
    operator_name: str
    action: str
    command: str
    outcome: str
    detail: str
    object_type: str
    object_id: str
    object_name: str
    changes: list[Change]


def log_of(app_label: str) -> str:
    """The log that tells of an app's rows: a module's own, or home's."""
    return app_label if app_label in modules_here() else HOME


def entries(log: str) -> Any:
    """The rows of a log. log: a module of this process, or `HOME`."""
    return apps.get_model(log, "AuditEntry").objects


def write(log: str, deed: Deed) -> None:
    """Add a row, in the transaction that is open on the log's database, if one is; sealed to those before it.

    What a module's log tells has no shopper in it, as far as one can be told from the rest: a row is never changed, so
    nobody could be erased from it. Home's tells of operators, who answer for what they did.
    """
    shoppers = None if log == HOME else known_people(log, _ids(deed))
    row = deed._asdict() | {
        "changes": msgspec.json.encode([_shown(change, shoppers) for change in deed.changes]).decode(),
        "operator": deed.operator[:150], "operator_name": deed.operator_name[:150], "action": deed.action[:100],
        "detail": _covered(deed.detail, shoppers), "object_id": deed.object_id[:255],
        "object_name": _covered(deed.object_name, shoppers)[:200],
    }
    row = {name: masked(text) for name, text in row.items()}
    row |= {"at": clock.now(), "request_id": request_id.get()}
    with transaction.atomic(using=alias_of(log)):
        entries(log).create(**row, seal=chain.seal(row, after=chain.last_seal(log)))


def readable(text: str) -> list[tuple[str, str]]:
    """The changes of a row as a person reads them: the name, and from what to what."""
    return [(each["name"], _read(each["from"], each["to"])) for each in msgspec.json.decode(text)]


def _read(before: Any, after: Any) -> str:
    if before is None:
        return _said(after)
    return f"{_said(before)} → {_said(after)}"


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "nothing" if value in (None, "") else str(value)


def _ids(deed: Deed) -> set[str]:
    """Of what it is about, and of what it names."""
    named = {change.after for change in deed.changes if change.name.endswith("_id") and isinstance(change.after, str)}
    return {deed.object_id, *named}


def _covered(text: str, shoppers: frozenset[str] | None) -> str:
    return text if shoppers is None else covered_text(text, known=shoppers)


def _shown(change: Change, shoppers: frozenset[str] | None) -> dict[str, Any]:
    name = _covered(change.name, shoppers)
    if _SECRET.search(change.name):
        return {"name": name, "from": None, "to": "(kept secret)"}
    field = change.name.rpartition(": ")[2]
    return {
        "name": name, "from": _plain(change.before, field, shoppers), "to": _plain(change.after, field, shoppers),
    }


def _plain(value: Any, field: str, shoppers: frozenset[str] | None) -> Any:
    """As JSON that a person reads, cut where it is long."""
    if value is None or isinstance(value, bool | int):
        return value
    if not isinstance(value, str):
        try:
            value = _without_secrets(msgspec.to_builtins(value))
        except TypeError:
            value = str(value)
    if shoppers is not None:
        value = covered(value, name=field, known=shoppers)
    if not isinstance(value, str):
        value = msgspec.json.encode(value).decode()
    return value if len(value) <= LONGEST else f"{value[:LONGEST]}…"


def _without_secrets(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            name: "(kept secret)" if _SECRET.search(str(name)) else _without_secrets(inner)
            for name, inner in value.items()
        }
    return [_without_secrets(inner) for inner in value] if isinstance(value, list) else value
