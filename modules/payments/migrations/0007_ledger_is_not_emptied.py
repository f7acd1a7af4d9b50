"""The database itself refuses to empty the ledger. Before or after the deploy alike; nothing that runs empties it.

Sessions that relocate, restore or flush the whole database say so by a setting, and may. SQLite has no TRUNCATE.
"""

from typing import Any

from django.db import migrations

GUARD = (
    """
    CREATE FUNCTION payments_refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF 'yes' IN (current_setting('storefront.emptying', true), current_setting('storefront.relocating', true)) THEN
            RETURN NULL;
        END IF;
        RAISE EXCEPTION 'The ledger is append-only; write a new entry.';
    END $$
    """,
    """
    CREATE TRIGGER payments_ledger_not_emptied BEFORE TRUNCATE ON payments_ledgerentry
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_emptying()
    """,
)
UNDO = (
    "DROP TRIGGER payments_ledger_not_emptied ON payments_ledgerentry",
    "DROP FUNCTION payments_refuse_emptying()",
)


def guard(_apps: Any, schema_editor: Any) -> None:
    _execute(schema_editor, GUARD)


def unguard(_apps: Any, schema_editor: Any) -> None:
    _execute(schema_editor, UNDO)


def _execute(schema_editor: Any, statements: tuple[str, ...]) -> None:
    for statement in statements if schema_editor.connection.vendor == "postgresql" else ():
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("payments", "0006_what_waits_for_an_operator")]
    excused = {"moves-rows-at-once": "A trigger, and no rows."}
    operations = [migrations.RunPython(guard, unguard)]
