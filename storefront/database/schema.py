"""A module's schema in a shared PostgreSQL database, made before its first migration."""

import re
from typing import Any

from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

_SEARCH_PATH = re.compile(r"search_path=([a-z_][a-z0-9_]*),public")


def schema_of(alias: str) -> str | None:
    """The schema that the tables of `alias` live in, if it is not the whole database."""
    return schema_named_in(connections[alias].settings_dict)


def schema_named_in(database: dict[str, Any]) -> str | None:
    """The schema that these settings of a database name first, if any."""
    found = _SEARCH_PATH.search(str(database.get("OPTIONS", {}).get("options", "")))
    return found[1] if found else None


def ensure_schema(alias: str) -> None:
    """Make the schema of `alias`, and its own table of applied migrations, where they are missing.

    The table comes first: without it the search path would find the one of `default` in `public`, and take
    migrations that were recorded there for applied here.
    """
    schema, connection = schema_of(alias), connections[alias]
    if schema is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        cursor.execute("SELECT to_regclass(%s)", [f"{schema}.django_migrations"])
        is_recorded = cursor.fetchone()[0] is not None
    if not is_recorded:
        with connection.schema_editor() as editor:
            editor.create_model(MigrationRecorder.Migration)
