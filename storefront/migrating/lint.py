"""Every migration of the shop held against the rules, with the reasons of those that are excused."""

import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django.db.migrations import operations as ops
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from storefront.migrating.rules import REMEDIES, ROWS, Offence, offences

SAYS_WHEN = re.compile(r"\b(before|after) the deploy\b", re.IGNORECASE)
OURS = ("modules.", "storefront.")


class Complaint(NamedTuple):
    """What is wrong with a migration, and what to do instead."""

    migration: str
    rule: str
    what: str

    def __str__(self) -> str:
        return f"{self.migration}: {self.rule}: {self.what}. {REMEDIES[self.rule]}"


def complaints(apps: Iterable[str] = ()) -> list[Complaint]:
    """All that is wrong with the migrations of these apps, or of all that are ours."""
    loader = MigrationLoader(None)
    wanted, found = frozenset(apps), []
    for app, name in loader.graph.nodes:
        migration = loader.disk_migrations.get((app, name))
        if migration is None or not type(migration).__module__.startswith(OURS) or (wanted and app not in wanted):
            continue
        found += list(linted(migration, loader.project_state((app, name), at_end=False)))
    return sorted(found)


def linted(migration: Any, before: ProjectState) -> Iterator[Complaint]:
    """What is wrong with a migration that meets tables in the state `before`."""
    name = f"{migration.app_label}.{migration.name}"
    excused: dict[str, str] = getattr(migration, "excused", {})
    found = list(_offences(migration, before))
    for rule, what in found:
        if not excused.get(rule, "").strip():
            yield Complaint(name, rule, what)
    for rule in excused:
        if rule not in {each.rule for each in found}:
            yield Complaint(name, "excused-in-vain", rule)


def _offences(migration: Any, before: ProjectState) -> Iterator[Offence]:
    yield from _as_a_whole(migration)
    state, new = before.clone(), set[str]()
    for operation in migration.operations:
        if isinstance(operation, ops.CreateModel):
            new.add(operation.name_lower)
        if migration.initial and not isinstance(operation, (*ROWS, ops.RunSQL)):
            operation.state_forwards(migration.app_label, state)
            continue
        yield from offences(operation, migration.app_label, state, new)
        operation.state_forwards(migration.app_label, state)


def _as_a_whole(migration: Any) -> Iterator[Offence]:
    rows = [each for each in migration.operations if isinstance(each, ROWS)]
    if rows and len(rows) < len(migration.operations):
        yield Offence("moves-rows-beside-tables", f"{len(rows)} of {len(migration.operations)} operations")
    if rows and migration.atomic and any(each.atomic is not False for each in rows):
        yield Offence("moves-rows-at-once", "in one transaction")
    if not migration.initial and not SAYS_WHEN.search(_docstring(migration)):
        yield Offence("does-not-say-when", "its docstring")


def _docstring(migration: Any) -> str:
    module = sys.modules.get(type(migration).__module__)
    return f"{type(migration).__doc__ or ''} {(module and module.__doc__) or ''}"
