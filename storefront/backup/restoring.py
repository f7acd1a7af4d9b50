"""The way back: checked before anything is touched, each database whole or not at all."""

import shutil
import sqlite3
import time
from collections.abc import Callable, Collection
from contextlib import closing
from pathlib import Path

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from storefront.backup import manifest as manifests
from storefront.backup.manifest import File, Manifest, Part, Unfit
from storefront.backup.tables import kept_at
from storefront.backup.taking import MEDIA, aliases_here
from storefront.database.append_only import guard
from storefront.relocation.leases import void_leases
from storefront.relocation.place import home_of
from storefront.relocation.postgresql import PostgresqlStore
from storefront.relocation.sqlite import SqliteStore
from storefront.relocation.store import Store
from storefront.relocation.table import tables_of

Tell = Callable[[str], None]

GONE_WITHIN_S = 3.0
_STRANGERS = """
SELECT DISTINCT application_name FROM pg_stat_activity WHERE datname = current_database()
AND application_name LIKE 'storefront-%' AND application_name <> 'storefront-relocate' AND pid <> pg_backend_pid()
"""


def restore(
    folder: Path, *, only: Collection[str] = (), force: bool = False, skip: int = 0, tell: Tell
) -> Manifest:
    """Bring databases of this process back to the instant of a backup.

    only: these; all of the backup if none is named. force: over what is there. skip: so many numbers of rows are not
    given again, for what was numbered after the backup and is known outside.

    :raises Unfit: before anything is changed, if the backup is damaged, or does not fit this release or this place
    """
    found = manifests.read(folder)
    aliases = list(only) or [part.alias for part in found.parts]
    if strange := sorted(set(aliases) - set(aliases_here())):
        raise Unfit(f"This process does not run {', '.join(strange)}: name those that it runs with --only.")
    parts = [found.part(alias) for alias in aliases]
    tell("Checking the files ...")
    manifests.check_files(folder, found)
    for part in parts:
        _check_place(part, force=force)
    for part in parts:
        _put_back(folder, part, skip=skip)
        tell(f"{part.alias}: as of {found.taken_at:%Y-%m-%d %H:%M:%S} UTC")
    if settings.STOREFRONT_MEDIA_MODULE in aliases:
        _put_back_media(folder, found.media, tell=tell)
    return found


def _check_place(part: Part, *, force: bool) -> None:
    with closing(home_of(part.alias)) as home:
        if home.vendor != part.vendor:
            raise Unfit(
                f"{part.alias} is backed up from {part.vendor}, and {home.place} is {home.vendor}: restore it where it"
                " fits, then `manage.py relocate`."
            )
        is_empty = not home.tables()
        if not is_empty and not force:
            raise Unfit(f"{home.place} has tables already; `--force` lets go of what is in them.")
        if isinstance(home, PostgresqlStore) and not is_empty:
            _check_nobody_is_there(home)
    if is_empty:
        _migrate(part.alias)
    here = _migrations_here(part.alias)
    if here != set(part.migrations):
        told = ", ".join(sorted(here ^ set(part.migrations))[:5])
        raise Unfit(
            f"{part.alias}: the backup and this place differ in migrations ({told}). Restore with the release that made"
            " the backup, then update."
        )


def _migrate(alias: str) -> None:
    app = {} if alias == "default" else {"app_label": alias}
    call_command("migrate", database=alias, verbosity=0, **app)
    if alias != "default":
        guard(alias)


def _migrations_here(alias: str) -> set[str]:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        return {f"{app}.{name}" for app, name in cursor.fetchall()}


def _check_nobody_is_there(home: PostgresqlStore) -> None:
    """Processes of the shop keep in hand and in memory what would be gone. Who has just ended is waited for."""
    _let_go()
    give_up_at = time.monotonic() + GONE_WITHIN_S
    while rows := home.execute(_STRANGERS):
        if time.monotonic() > give_up_at:
            names = ", ".join(row[0] for row in rows)
            raise Unfit(f"Processes of the shop are connected to {home.place} ({names}): stop them first.")
        time.sleep(0.1)


def _let_go() -> None:
    """Close what this very process has open."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        if connection.vendor == "postgresql":
            connection.close_pool()  # type: ignore[attr-defined]  # of PostgreSQL's alone


def _put_back(folder: Path, part: Part, *, skip: int) -> None:
    _let_go()
    with closing(home_of(part.alias)) as home:
        if isinstance(home, PostgresqlStore):
            _fill(home, folder, part, skip=skip)
        else:
            _replace(Path(home.place), folder / part.files[0].name)
            if skip:
                _skip_in_file(home, part.alias, skip=skip)
        if part.alias != "default":
            void_leases(home, tables_of(part.alias))


def _fill(home: PostgresqlStore, folder: Path, part: Part, *, skip: int) -> None:
    """All tables in one transaction: the old rows go, those of the backup come."""
    kept = {table.name: table for table in kept_at(part.alias)}
    if strange := {file.table for file in part.files} ^ set(kept):
        raise Unfit(f"{part.alias}: the backup and this release differ in tables: {', '.join(sorted(strange))}.")
    with home.transaction():
        names = sql.SQL(", ").join(sql.Identifier(home.schema, name) for name in kept)
        home.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(names))
        for file in part.files:
            _copy_in(home, folder / file.name, file)
            if kept[file.table].serial:
                home.count_from(kept[file.table].as_table(), file.counted_to + skip)


def _copy_in(home: PostgresqlStore, path: Path, file: File) -> None:
    query = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(home.schema, file.table), sql.SQL(", ").join(map(sql.Identifier, file.columns))
    )
    with path.open("rb") as source, home.connection.cursor() as cursor:
        try:
            with cursor.copy(query) as copy:
                while chunk := source.read(manifests.CHUNK):
                    copy.write(chunk)
        except psycopg.DataError as error:
            raise Unfit(f"{file.name} does not fit {home.place}: {error}") from error
        if cursor.rowcount != file.rows:
            raise Unfit(f"{file.name}: {cursor.rowcount} rows came, {file.rows} were written.")


def _replace(target: Path, source: Path) -> None:
    """Over the file as it stands, in one transaction of SQLite; its log goes with it."""
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as kept:
        damaged = kept.execute("PRAGMA quick_check").fetchone()[0]
        if damaged != "ok":
            raise Unfit(f"{source.name} is no sound database: {damaged}")
        with closing(sqlite3.connect(target, timeout=20)) as place:
            kept.backup(place)
            place.execute("PRAGMA journal_mode=WAL")


def _skip_in_file(home: Store, alias: str, *, skip: int) -> None:
    assert isinstance(home, SqliteStore)
    for table in kept_at(alias):
        if table.serial:
            counted = home.counted_to(table.as_table())
            home.count_from(table.as_table(), counted + skip)


def _put_back_media(folder: Path, files: tuple[File, ...], *, tell: Tell) -> None:
    root = Path(settings.MEDIA_ROOT)
    for file in files:
        target = root / Path(file.name).relative_to(MEDIA)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / file.name, target)
    tell(f"{MEDIA}: {len(files)} files")
