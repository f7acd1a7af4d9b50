"""What the platform keeps of a person in a module's database: answers of calls, facts, sagas, causes of failures."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
from django.apps import apps
from django.db.models import Q

from storefront.personal.scrubbing import names, scrubbed
from storefront.personal.subject import Kept, Subject
from storefront.topology import has_sagas

WINDOW = 2_000
"""Rows that one statement looks through."""
NEEDLES = 40
"""Ids that one statement looks for."""


class Texts(NamedTuple):
    """A table of the platform, and its columns of text that may speak of a person."""

    model: str
    columns: tuple[str, ...]
    exported: tuple[str, ...]
    """What a person is told of a row."""
    title: str
    """What a person is told that they are."""


CALLS = Texts("CallKey", ("answer",), ("operation", "created_at", "answer"), "answers to requests")
FACTS = Texts("Outbox", ("payload",), ("type", "subject", "occurred_at", "payload"), "facts")
DELIVERIES = Texts("Delivery", ("error",), ("event_id", "subscriber", "error"), "facts on their way")
SAGAS = Texts(
    "SagaRow", ("state", "refusal", "error"), ("saga", "subject", "status", "started_at", "state"), "work in steps"
)
LOG = Texts(
    "AuditEntry", ("changes", "detail", "object_name"), ("at", "action", "object_id", "detail", "changes"), "audit log"
)
ALL = (CALLS, FACTS, DELIVERIES, SAGAS, LOG)
HARMLESS = {
    ("callkey", "key"): "made by the platform or a hash of what a client sent; those that name a person are deleted",
    ("auditentry", "operator_name"): "an operator's: who did what is kept, whoever it was",
    ("timer", "name"): "of a job",
}


def texts_of(module: str) -> tuple[Texts, ...]:
    """The tables of the platform that a module has, except its audit log."""
    return (CALLS, FACTS, DELIVERIES, SAGAS) if has_sagas(module) else (CALLS, FACTS, DELIVERIES)


def export(module: str, subject: Subject) -> dict[str, list[Any]]:
    """The rows that speak of a person."""
    found: dict[str, list[Any]] = {}
    for texts in (*texts_of(module), LOG):
        model = apps.get_model(module, texts.model)
        rows = [_told(row, texts.exported) for row in _speaking_of(model, texts.columns, subject)]
        if rows:
            found[texts.title] = rows
    return found


def _told(row: Any, columns: tuple[str, ...]) -> dict[str, Any]:
    told = {}
    for name in columns:
        value = getattr(row, name)
        try:
            told[name] = msgspec.json.decode(value) if isinstance(value, str) and value[:1] in "{[" else value
        except msgspec.DecodeError:
            told[name] = value
    return told


def staying(module: str, subject: Subject) -> Iterator[Kept]:
    """What erasing leaves: a saga that is not over needs its state, and what is logged is never changed."""
    if has_sagas(module):
        sagas = apps.get_model(module, SAGAS.model)
        for row in _speaking_of(sagas, SAGAS.columns, subject):
            if why := _needed(row):
                yield Kept(table=sagas._meta.db_table, id=str(row.pk), why=why)
    log = apps.get_model(module, LOG.model)
    for row in _speaking_of(log, LOG.columns, Subject(email=subject.email)):
        yield Kept(table=log._meta.db_table, id=str(row.pk), why="The audit log is never changed.")


def erase(module: str, subject: Subject, counts: Counter[str]) -> None:
    """Take a person out of these rows, but for those that stay."""
    for texts in texts_of(module):
        model = apps.get_model(module, texts.model)
        for row in _speaking_of(model, texts.columns, subject):
            changes = {} if _needed(row) else _changes(row, texts.columns, subject)
            if changes:
                counts[model._meta.db_table] += model._base_manager.filter(pk=row.pk).update(**changes)
    calls = apps.get_model(module, "CallKey")._base_manager.filter(key__icontains=subject.email, answer__isnull=False)
    counts[calls.model._meta.db_table] += calls.delete()[0]


def _needed(row: Any) -> str:
    status = getattr(row, "status", "done")
    return "" if status in ("done", "undone") else f"The saga is {status}; erase again when it is over."


def _changes(row: Any, columns: tuple[str, ...], subject: Subject) -> dict[str, str]:
    before = {name: getattr(row, name) for name in columns if getattr(row, name)}
    after = {name: scrubbed(text, (subject.email, *subject.values)) for name, text in before.items()}
    return {name: text for name, text in after.items() if text != before[name]}


def _speaking_of(model: Any, columns: tuple[str, ...], subject: Subject) -> Iterator[Any]:
    """Rows that are about a person, or whose texts hold their address or an id of theirs; by windows.

    Not those that hold other values: a namesake is somebody else.
    """
    needles = [subject.email, *subject.references]
    groups = [needles[at:at + NEEDLES] for at in range(0, len(needles), NEEDLES)]
    rows, after = model._base_manager.order_by("pk"), None
    while True:
        window = rows.filter(pk__gt=after) if after is not None else rows
        last = next(iter(window.values_list("pk", flat=True)[WINDOW - 1:WINDOW]), None)
        within = window if last is None else window.filter(pk__lte=last)
        seen = set()
        for group in groups:
            for row in within.filter(_holding(model, columns, group)):
                if row.pk not in seen and _is_about(row, columns, subject):
                    seen.add(row.pk)
                    yield row
        if last is None:
            return
        after = last


def _is_about(row: Any, columns: tuple[str, ...], subject: Subject) -> bool:
    """Not about somebody whose address has this one in it."""
    said = "\n".join(getattr(row, name) or "" for name in columns)
    known = [subject.email, *subject.references]
    return (
        getattr(row, "subject", "") in known or names(said, subject.email)
        or any(each.lower() in said.lower() for each in subject.references)
    )


def _holding(model: Any, columns: tuple[str, ...], needles: list[str]) -> Q:
    found = Q(subject__in=needles) if any(field.name == "subject" for field in model._meta.concrete_fields) else Q()
    for name in columns:
        for needle in needles:
            found |= Q(**{f"{name}__icontains": needle})
    return found
