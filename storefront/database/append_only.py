"""Rows that are written once: the model refuses to rewrite them, and so does the database.

The guard is the platform's, not a migration's, so that a module made tomorrow has it too: `migrate` sets it wherever
it is missing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models

from storefront.database.router import alias_of

GUARDED = "auditentry"
EMPTYING = "storefront.emptying"
"""A setting of a session on PostgreSQL: guarded tables may be emptied whole, as by `flush`."""

_POSTGRESQL = """
CREATE OR REPLACE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'The audit log is append-only.'; END $$;
DO $$ BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM pg_trigger WHERE tgrelid = '{table}'::regclass AND tgname = '{table}_append_only'
    ) THEN
        CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION {table}_append_only();
    END IF;
END $$;
CREATE OR REPLACE FUNCTION {table}_not_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF 'yes' IN (current_setting('storefront.emptying', true), current_setting('storefront.relocating', true)) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'The audit log is append-only.';
END $$;
DO $$ BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM pg_trigger WHERE tgrelid = '{table}'::regclass AND tgname = '{table}_not_emptied'
    ) THEN
        CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION {table}_not_emptied();
    END IF;
END $$
"""
_SQLITE = """
CREATE TRIGGER IF NOT EXISTS {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'The audit log is append-only.'); END
"""


class RewritingRefused(TypeError):
    """Somebody tried to change or delete what is kept for ever."""


class _Rows(models.QuerySet["AppendOnly"]):
    def update(self, **_values: Any) -> int:
        raise RewritingRefused(f"{self.model._meta.label} is append-only.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise RewritingRefused(f"{self.model._meta.label} is append-only.")

    def bulk_update(self, *_args: Any, **_options: Any) -> int:
        raise RewritingRefused(f"{self.model._meta.label} is append-only.")


class AppendOnly(models.Model):
    """A row that is saved once.

    :raises RewritingRefused: from `save` of a row that exists, from `delete`, and from their like on querysets
    """

    objects = _Rows.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        if not self._state.adding:
            raise RewritingRefused(f"{self._meta.label} is append-only.")
        super().save(*args, **options)

    def delete(self, *_args: Any, **_options: Any) -> tuple[int, dict[str, int]]:
        raise RewritingRefused(f"{self._meta.label} is append-only.")


def guard(log: str) -> None:
    """Have the database refuse UPDATE, DELETE and TRUNCATE of a log, if it does not yet. log: a module, or `home`.

    Only a session that relocates, restores or empties the whole database is let through, and only to TRUNCATE.
    """
    connection, table = connections[alias_of(log)], f"{log}_{GUARDED}"
    with connection.cursor() as cursor:
        if table not in connection.introspection.table_names(cursor):
            return
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRESQL.format(table=table))
        else:
            for verb in ("update", "delete"):
                cursor.execute(_SQLITE.format(table=table, verb=verb))


@contextmanager
def unguarded(log: str) -> Iterator[None]:
    """For emptying a whole database: PostgreSQL lets TRUNCATE pass; on SQLite, which has none, the guard is away."""
    connection = connections[alias_of(log)]
    is_sqlite = connection.vendor == "sqlite"
    lifts = [f"DROP TRIGGER IF EXISTS {log}_{GUARDED}_no_{verb}" for verb in ("update", "delete")]
    _execute(connection, *(lifts if is_sqlite else [f"SET {EMPTYING} = 'yes'"]))
    try:
        yield
    finally:
        if not is_sqlite:
            _execute(connection, f"RESET {EMPTYING}")
        guard(log)


def _execute(connection: Any, *statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def log_in(alias: str) -> str:
    """The log that lies in a database."""
    return "home" if alias == DEFAULT_DB_ALIAS else alias
