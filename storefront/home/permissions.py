"""Rights on what other processes show: they are granted at home, so home must know their names."""

from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import DEFAULT_DB_ALIAS, connections

from storefront.topology import is_home, modules_here, topology
from storefront.topology.wiring import wiring

VERBS = ("add", "change", "delete", "view")


def know_permissions_elsewhere(*, using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """At home: make Django's four permissions for each section of a module that runs elsewhere, where they lack."""
    tables = connections[using].introspection.table_names()
    if using != DEFAULT_DB_ALIAS or not is_home() or Permission._meta.db_table not in tables:
        return
    elsewhere = set(topology().modules) - set(modules_here())
    for label, section in wiring().sections.items():
        app_label, model = label.split(".")
        if app_label not in elsewhere:
            continue
        kind = ContentType.objects.get_or_create(app_label=app_label, model=model)[0]
        for verb in VERBS:
            Permission.objects.get_or_create(
                content_type=kind, codename=f"{verb}_{model}", defaults={"name": f"Can {verb} {section.name}"}
            )
