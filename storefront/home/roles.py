"""Roles that stand ready in a new shop: groups of rights, made of what every module's back office says it needs."""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import DEFAULT_DB_ALIAS, connections, transaction

from storefront.topology import is_home
from storefront.topology.wiring import wiring


def make_roles(*, using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """After `migrate`, at home: the roles that there are not yet. Those that there are stay as somebody made them."""
    tables = connections[using].introspection.table_names()
    if using == DEFAULT_DB_ALIAS and is_home() and Group._meta.db_table in tables:
        for name in set(wiring().roles) - set(Group.objects.values_list("name", flat=True)):
            _give(name, wiring().roles[name])


def complete_roles() -> dict[str, list[str]]:
    """Give every ready-made role what it lacks; takes nothing away. Returns what was given, by role."""
    given = {name: _give(name, rights) for name, rights in wiring().roles.items()}
    return {name: rights for name, rights in given.items() if rights}


def _give(name: str, rights: tuple[str, ...]) -> list[str]:
    with transaction.atomic(using=DEFAULT_DB_ALIAS):
        group = Group.objects.get_or_create(name=name)[0]
        had = set(group.permissions.values_list("pk", flat=True))
        lacking = {right: found for right in rights if (found := _permission(right)).pk not in had}
        group.permissions.add(*lacking.values())
    return sorted(lacking)


def _permission(right: str) -> Permission:
    """Also of a section that another process shows, or that Django comes to later in this very `migrate`."""
    app_label, _, codename = right.partition(".")
    verb, _, model = codename.partition("_")
    kind = ContentType.objects.get_or_create(app_label=app_label, model=model)[0]
    section = wiring().sections.get(f"{app_label}.{model}")
    named = {"name": f"Can {verb} {section.name if section else model}"}
    return Permission.objects.get_or_create(content_type=kind, codename=codename, defaults=named)[0]
