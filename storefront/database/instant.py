"""Instants in raw SQL: how a driver takes them, and what it gives back."""

from datetime import UTC, datetime
from typing import Any

from django.db import connections


def adapted(alias: str, instant: datetime) -> Any:
    """An instant as the database driver of `alias` takes it."""
    return connections[alias].ops.adapt_datetimefield_value(instant)


def aware(value: Any) -> datetime:
    """What a driver gave back, as a timezone-aware UTC instant: SQLite gives text, PostgreSQL an instant."""
    instant: datetime = datetime.fromisoformat(value) if isinstance(value, str) else value
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
