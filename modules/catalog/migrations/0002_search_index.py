"""Index the words of products, fed by the database itself. Before the deploy; safe to repeat."""

from django.db import migrations, transaction
from django.db.utils import DatabaseError

SQLITE = (
    """CREATE VIRTUAL TABLE IF NOT EXISTS catalog_searchindex USING fts5(title, keywords, body,
        content='catalog_searchdocument', content_rowid='id', tokenize='porter unicode61', prefix='2 3')""",
    """CREATE TRIGGER IF NOT EXISTS catalog_searchdocument_added AFTER INSERT ON catalog_searchdocument BEGIN
        INSERT INTO catalog_searchindex (rowid, title, keywords, body) VALUES (new.id, new.title, new.keywords, new.body);
    END""",
    """CREATE TRIGGER IF NOT EXISTS catalog_searchdocument_removed AFTER DELETE ON catalog_searchdocument BEGIN
        INSERT INTO catalog_searchindex (catalog_searchindex, rowid, title, keywords, body)
        VALUES ('delete', old.id, old.title, old.keywords, old.body);
    END""",
    """CREATE TRIGGER IF NOT EXISTS catalog_searchdocument_changed AFTER UPDATE ON catalog_searchdocument BEGIN
        INSERT INTO catalog_searchindex (catalog_searchindex, rowid, title, keywords, body)
        VALUES ('delete', old.id, old.title, old.keywords, old.body);
        INSERT INTO catalog_searchindex (rowid, title, keywords, body) VALUES (new.id, new.title, new.keywords, new.body);
    END""",
)
POSTGRESQL = (
    """ALTER TABLE catalog_searchdocument ADD COLUMN document tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('english'::regconfig, title), 'A')
        || setweight(to_tsvector('english'::regconfig, keywords), 'B')
        || setweight(to_tsvector('english'::regconfig, body), 'D')) STORED""",
    "CREATE INDEX catalog_searchdocument_words ON catalog_searchdocument USING gin (document)",
)
TRIGRAM = "CREATE INDEX catalog_searchdocument_trigrams ON catalog_searchdocument USING gin (title gin_trgm_ops)"


def build(apps, schema_editor):
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        for statement in SQLITE if connection.vendor == "sqlite" else POSTGRESQL:
            cursor.execute(statement)
    if connection.vendor == "postgresql":
        _build_trigrams(connection)


def _build_trigrams(connection):
    """Where the role may not create the extension, search does without tolerance for typos."""
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'")
            if not cursor.fetchone()[0]:
                cursor.execute("CREATE EXTENSION pg_trgm SCHEMA public")
            cursor.execute(TRIGRAM)
    except DatabaseError:
        return


def remove(apps, schema_editor):
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for name in ("added", "removed", "changed"):
                cursor.execute(f"DROP TRIGGER IF EXISTS catalog_searchdocument_{name}")
            cursor.execute("DROP TABLE IF EXISTS catalog_searchindex")
        else:
            cursor.execute("DROP INDEX IF EXISTS catalog_searchdocument_trigrams")
            cursor.execute("ALTER TABLE catalog_searchdocument DROP COLUMN IF EXISTS document")


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]
    excused = {"moves-rows-at-once": "Made with the tables themselves, before there is a shop."}
    operations = [migrations.RunPython(build, remove)]
