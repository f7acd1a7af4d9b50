"""A committed test leaves nothing behind in PostgreSQL, what is append-only included."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connections

from storefront import clock
from storefront.testing.emptying import empty_quickly
from storefront.testing.world import World
from storefront.topology import modules_here


def full_tables(alias: str) -> list[str]:
    """The tables of a database that hold rows, but for that of the migrations."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        found = []
        for table in connection.introspection.django_table_names(only_existing=True):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
            found += [table] if cursor.fetchone()[0] else []
    return found


@pytest.mark.postgresql
class TestEmptying:
    @pytest.mark.rival("medusa#16276", "medusa#15836")
    def test_leaves_no_row_in_any_table(self, committed_world: World) -> None:
        for module in modules_here():
            apps.get_model(module, "Timer").objects.create(name="sweep", next_at=clock.now())
            apps.get_model(module, "AuditEntry").objects.create(
                at=clock.now(), operator="ada", action="cancel", outcome="done", object_id="ord_1"
            )
            assert {f"{module}_timer", f"{module}_auditentry"} <= set(full_tables(module))

        empty_quickly()
        for module in modules_here():
            call_command("flush", database=module, interactive=False, verbosity=0, inhibit_post_migrate=True)

        assert {module: full_tables(module) for module in modules_here()} == {module: [] for module in modules_here()}
