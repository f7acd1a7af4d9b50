"""Old rows deleted a batch at a time, each a short statement that commits by itself."""

from typing import Any

from django.db import connections
from django.db.models import Q

from storefront.database.router import alias_of

BATCH = 500
"""Rows that one statement deletes: their locks last a few milliseconds."""


def forget(model: type[Any], *, where: Q, oldest_first: str, limit: int = BATCH) -> int:
    """Delete up to `limit` rows, and no rows that refer to them. Returns how many.

    On PostgreSQL rows that somebody holds are left for the next time.
    """
    alias = alias_of(model._meta.app_label)
    rows = model._base_manager.using(alias).filter(where).order_by(oldest_first)
    ids = list(rows.values_list("pk", flat=True)[:limit])
    if not ids:
        return 0
    table, key = model._meta.db_table, model._meta.pk.column
    among, values = ("= ANY(%s)", [ids]) if connections[alias].vendor == "postgresql" else (
        f"IN ({', '.join(['%s'] * len(ids))})", ids
    )
    chosen = f"SELECT {key} FROM {table} WHERE {key} {among}"  # noqa: S608
    if connections[alias].vendor == "postgresql":
        chosen += " FOR UPDATE SKIP LOCKED"
    with connections[alias].cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE {key} IN ({chosen})", values)  # noqa: S608
        return int(cursor.rowcount)
