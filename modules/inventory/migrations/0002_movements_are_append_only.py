"""The database refuses to rewrite a movement. Before or after the deploy; nothing that runs updates one."""

from django.db import migrations

POSTGRESQL = """
CREATE FUNCTION inventory_movement_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'Movements are append-only; write a further one.'; END $$;
CREATE TRIGGER inventory_movement_append_only BEFORE UPDATE ON inventory_movement
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_movement_append_only();
"""
SQLITE = """
CREATE TRIGGER inventory_movement_append_only BEFORE UPDATE ON inventory_movement
BEGIN SELECT RAISE(ABORT, 'Movements are append-only; write a further one.'); END
"""


def forbid(apps, schema_editor):
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    schema_editor.execute(POSTGRESQL if is_postgresql else SQLITE, params=None)


def allow(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER inventory_movement_append_only ON inventory_movement")
        schema_editor.execute("DROP FUNCTION inventory_movement_append_only()")
    else:
        schema_editor.execute("DROP TRIGGER inventory_movement_append_only")


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial")]
    excused = {"moves-rows-at-once": "A trigger, and no rows."}

    operations = [migrations.RunPython(forbid, allow)]
