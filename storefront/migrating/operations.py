"""Operations that lock nobody out on PostgreSQL; on SQLite, whose one writer waits anyway, they are Django's own."""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db.migrations import AddIndex


class AddIndexQuietly(AddIndex):
    """An index made while rows are written, by CONCURRENTLY; its migration says `atomic = False`."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        _of(schema_editor).database_forwards(self, app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        _of(schema_editor).database_backwards(self, app_label, schema_editor, from_state, to_state)

    def _ensure_not_in_transaction(self, schema_editor: Any) -> None:
        AddIndexConcurrently._ensure_not_in_transaction(self, schema_editor)  # type: ignore[arg-type]


def _of(schema_editor: Any) -> Any:
    return AddIndexConcurrently if schema_editor.connection.vendor == "postgresql" else AddIndex
