"""What was written to an audit log stays as it was written."""

from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connections, transaction

from storefront import clock
from storefront.database.append_only import RewritingRefused
from storefront.database.router import alias_of
from storefront.testing.world import World
from storefront.topology import modules_here

MODULES = modules_here()


def written(module: str) -> Any:
    log = apps.get_model(module, "AuditEntry")
    return log.objects.create(at=clock.now(), operator="ada", action="cancel", outcome="done", object_id="ord_1")


class TestAnAuditEntry:
    def test_is_neither_saved_again_nor_deleted(self, world: World) -> None:
        entry = written(MODULES[0])
        entry.operator = "mallory"

        for rewrite in (entry.save, entry.delete):
            with pytest.raises(RewritingRefused, match="append-only"):
                rewrite()
        assert type(entry).objects.get().operator == "ada"

    def test_is_not_rewritten_in_bulk(self, world: World) -> None:
        entry = written(MODULES[0])
        rows = type(entry).objects.all()

        with pytest.raises(RewritingRefused):
            rows.delete()
        with pytest.raises(RewritingRefused):
            rows.update(operator="mallory")
        with pytest.raises(RewritingRefused):
            rows.bulk_update([entry], ["operator"])
        assert rows.get().operator == "ada"

    @pytest.mark.postgresql
    @pytest.mark.parametrize("log", ["home", *MODULES])
    def test_is_not_emptied_in_one_go(self, world: World, log: str) -> None:
        alias = alias_of(log)
        entry = written(log)

        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(using=alias):
            connections[alias].cursor().execute(f"TRUNCATE {log}_auditentry CASCADE")

        assert type(entry).objects.get().operator == "ada"

    @pytest.mark.parametrize("module", MODULES)
    @pytest.mark.parametrize("sql", ["UPDATE {} SET operator = 'mallory'", "DELETE FROM {}"])
    def test_is_kept_by_the_database_itself(self, world: World, module: str, sql: str) -> None:
        entry = written(module)

        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(using=module):
            connections[module].cursor().execute(sql.format(f"{module}_auditentry"))

        assert type(entry).objects.get().operator == "ada"


class TestFlush:
    def test_empties_the_log_and_leaves_it_guarded(self, committed_world: World) -> None:
        module = MODULES[0]
        log = type(written(module))

        call_command("flush", database=module, interactive=False, verbosity=0, inhibit_post_migrate=True)

        assert not log.objects.exists()
        written(module)
        with pytest.raises(DatabaseError, match="append-only"):
            connections[module].cursor().execute(f"DELETE FROM {module}_auditentry")
        if connections[module].vendor == "postgresql":
            with pytest.raises(DatabaseError, match="append-only"):
                connections[module].cursor().execute(f"TRUNCATE {module}_auditentry")
