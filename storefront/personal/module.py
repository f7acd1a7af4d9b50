"""A module's part: find what belongs to a person in its own tables, tell it, erase it."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from django.db.models import Q, QuerySet

from storefront import clock
from storefront.personal import platform
from storefront.personal.declaring import Held, declared
from storefront.personal.scrubbing import names, scrubbed, values_of
from storefront.personal.subject import Found, Kept, Outline, Report, Subject

PAGE = 500
"""Rows with bodies that are read at once."""


def find(module: str, subject: Subject) -> Found:
    """The ids and values that lead from what is known of a person to more."""
    references: set[str] = set()
    values: set[str] = set()
    knows_email = False
    for held in declared(module):
        for row in _rows(held, subject):
            references |= {str(getattr(row, name)) for name in held.leads_to if getattr(row, name)}
            values |= {text for name in held.fields for text in values_of(getattr(row, name))}
            knows_email |= bool(held.email and getattr(row, held.email))
    return Found(references=tuple(sorted(references)), values=tuple(sorted(values)), knows_email=knows_email)


def export(module: str, subject: Subject) -> dict[str, list[Any]]:
    """What the module holds of a person, by the name of the sort of thing."""
    found: dict[str, list[Any]] = {}
    for held in declared(module):
        rows = [_told(held, row) for row in _rows(held, subject)]
        if rows:
            found[str(held.model._meta.verbose_name_plural)] = rows
    return found | platform.export(module, subject)


def outline(module: str, subject: Subject) -> Outline:
    """How much the module holds of a person, and what of it would stay; erases nothing."""
    now = clock.now()
    held = tuple((sort, len(rows)) for sort, rows in export(module, subject).items())
    stays = [
        Kept(table=each.model._meta.db_table, id=str(row.pk), why=why)
        for each in declared(module) for row in _rows(each, subject) if (why := each.erase(row, now).kept)
    ]
    return Outline(module=module, held=held, stays=(*platform.staying(module, subject), *stays))


def erase(module: str, subject: Subject) -> Report:
    """Forget a person, as far as the law lets; again does what was left.

    What the platform keeps goes first, the rows by which the person is known last: who was interrupted can go on.
    """
    now, counts, kept = clock.now(), Counter[str](), [*platform.staying(module, subject)]
    platform.erase(module, subject, counts)
    for held in sorted(declared(module), key=lambda each: bool(each.email)):
        table = held.model._meta.db_table
        for row in _rows(held, subject):
            done = held.erase(row, now)
            if done.kept:
                kept.append(Kept(table=table, id=str(row.pk), why=done.kept))
            counts[table] += _changed(row, _cleaned(held, row, subject) | dict(done.changes))
    return Report(module=module, erased=tuple(sorted((+counts).items())), kept=tuple(kept))


def _cleaned(held: Held, row: Any, subject: Subject) -> dict[str, Any]:
    """The texts and bodies of a row without the person."""
    told = (subject.email, *subject.values)
    texts: dict[str, Any] = {name: scrubbed(getattr(row, name), told) for name in held.texts}
    for name in held.bodies:
        before = bytes(getattr(row, name))
        after = scrubbed(before.decode(errors="replace"), told).encode()
        texts[name] = after if after != before.decode(errors="replace").encode() else before
    return texts


def _changed(row: Any, changes: Any) -> int:
    fresh = {name: value for name, value in changes.items() if getattr(row, name) != value}
    if not fresh:
        return 0
    return int(type(row)._base_manager.filter(pk=row.pk).update(**fresh))


def _rows(held: Held, subject: Subject) -> Iterator[Any]:
    """A person's rows of a model."""
    wanted = Q()
    if held.email:
        wanted |= Q(**{f"{held.email}__iexact": subject.email})
    if subject.references:
        for name in held.known_by:
            wanted |= Q(**{f"{name}__in": subject.references})
    table: QuerySet[Any] = held.model._base_manager.order_by("pk")
    found = {row.pk: row for row in table.filter(wanted)} if wanted else {}
    if held.bodies:
        found |= {row.pk: row for row in _speaking_of(held, table, subject)}
    return iter(found.values())


def _speaking_of(held: Held, table: QuerySet[Any], subject: Subject) -> Iterator[Any]:
    """Rows whose bodies hold the address or an id of a person."""
    needles = [text.lower() for text in subject.references]
    page = list(table[:PAGE])
    while page:
        for row in page:
            said = b" ".join(bytes(getattr(row, name)) for name in held.bodies).decode(errors="replace").lower()
            if names(said, subject.email) or any(needle in said for needle in needles):
                yield row
        page = list(table.filter(pk__gt=page[-1].pk)[:PAGE])


def _told(held: Held, row: Any) -> dict[str, Any]:
    told = _columns(row)
    for name in held.with_rows:
        told[name] = [_columns(each) for each in getattr(row, name).all()]
    return told


def _columns(row: Any) -> dict[str, Any]:
    """A row as JSON can say it."""
    found = {field.name: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return {name: _plain(value) for name, value in found.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode(errors="replace")
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return msgspec.json.decode(value)
        except msgspec.DecodeError:
            return value
    return value
