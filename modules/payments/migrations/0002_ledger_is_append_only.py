"""The database itself refuses to change a ledger entry. Runs before or after the deploy alike."""

from typing import Any

from django.db import migrations

POSTGRESQL = (
    """
    CREATE FUNCTION payments_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'The ledger is append-only; write a new entry.';
    END $$
    """,
    """
    CREATE TRIGGER payments_ledger_append_only BEFORE UPDATE OR DELETE ON payments_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change()
    """,
)
SQLITE = (
    """
    CREATE TRIGGER payments_ledger_append_only BEFORE UPDATE ON payments_ledgerentry
    BEGIN SELECT RAISE(ABORT, 'The ledger is append-only; write a new entry.'); END
    """,
)
UNDO_POSTGRESQL = (
    "DROP TRIGGER payments_ledger_append_only ON payments_ledgerentry",
    "DROP FUNCTION payments_refuse_change()",
)
UNDO_SQLITE = ("DROP TRIGGER payments_ledger_append_only",)


def guard(_apps: Any, schema_editor: Any) -> None:
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def unguard(_apps: Any, schema_editor: Any) -> None:
    for statement in UNDO_POSTGRESQL if schema_editor.connection.vendor == "postgresql" else UNDO_SQLITE:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]
    excused = {"moves-rows-at-once": "A trigger, and no rows."}
    operations = [migrations.RunPython(guard, unguard)]
