"""Making a backup: every database at one instant, then the files that people have uploaded."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from django.conf import settings
from psycopg import sql

from storefront.backup import manifest as manifests
from storefront.backup.manifest import FORMAT, File, Manifest, Part, Unfit, described, release
from storefront.backup.snapshot import one_instant
from storefront.backup.tables import Kept, kept_at
from storefront.relocation.place import home_of
from storefront.relocation.postgresql import PostgresqlStore
from storefront.relocation.store import Store
from storefront.topology import modules_here

MEDIA = "media"

Tell = Callable[[str], None]


class Taken(NamedTuple):
    """A finished backup. paused_s: how long writers waited for it."""

    manifest: Manifest
    paused_s: float


def take(folder: Path, *, tell: Tell, with_media: bool = True) -> Taken:
    """Back up all databases of this process into a new folder.

    :raises Unfit: the folder has something in it, or writers do not let us in
    """
    if folder.exists() and any(folder.iterdir()):
        raise Unfit(f"{folder} is not empty; name a folder that is, or that is not there yet.")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)  # what is in it is as secret as the databases
    with ExitStack() as opened:
        stores = {alias: opened.enter_context(closing(home_of(alias))) for alias in aliases_here()}
        instant = opened.enter_context(one_instant(stores))
        parts = tuple(
            _part(alias, store, instant.readers[alias], folder, tell=tell) for alias, store in stores.items()
        )
    media = _media(folder, tell=tell) if with_media and settings.STOREFRONT_MEDIA_MODULE in modules_here() else ()
    made = Manifest(format=FORMAT, release=release(), taken_at=instant.at, parts=parts, media=media)
    manifests.write(folder, made)
    return Taken(made, instant.paused_s)


def aliases_here() -> list[str]:
    """The databases of this process."""
    return ["default", *modules_here()]


def _part(alias: str, store: Store, reader: Any, folder: Path, *, tell: Tell) -> Part:
    if isinstance(store, PostgresqlStore):
        files, migrations = _tables(alias, store, reader, folder), _migrations_in(store, reader)
    else:
        files, migrations = (_file(alias, reader, folder),), _migrations_of(reader)
    tell(f"{alias}: {sum(file.size for file in files)} bytes")
    return Part(alias=alias, vendor=store.vendor, migrations=migrations, files=files)


def _file(alias: str, reader: sqlite3.Connection, folder: Path) -> File:
    """The whole file, as the reader's transaction sees it."""
    path = folder / f"{alias}.sqlite3"
    with closing(sqlite3.connect(path)) as target:
        reader.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
    _sync(path)
    return described(path, folder)


def _migrations_of(reader: sqlite3.Connection) -> tuple[str, ...]:
    rows = reader.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
    return tuple(f"{app}.{name}" for app, name in rows)


def _migrations_in(store: PostgresqlStore, reader: Any) -> tuple[str, ...]:
    table = sql.Identifier(store.schema, "django_migrations")
    rows = reader.execute(sql.SQL("SELECT app, name FROM {} ORDER BY app, name").format(table))
    return tuple(f"{app}.{name}" for app, name in rows)


def _tables(alias: str, store: PostgresqlStore, reader: Any, folder: Path) -> tuple[File, ...]:
    (folder / alias).mkdir()
    known = kept_at(alias)
    strange = store.tables() - {table.name for table in known}
    if strange:
        raise Unfit(f"{store.place} has tables of no model, which would be left out: {', '.join(sorted(strange))}.")
    return tuple(_table(table, store, reader, folder / alias / f"{table.name}.copy", folder) for table in known)


def _table(table: Kept, store: PostgresqlStore, reader: Any, path: Path, folder: Path) -> File:
    query = sql.SQL("COPY {} ({}) TO STDOUT").format(
        sql.Identifier(store.schema, table.name), sql.SQL(", ").join(map(sql.Identifier, table.columns))
    )
    with path.open("wb") as file, reader.cursor() as cursor:
        with cursor.copy(query) as copy:
            for chunk in copy:
                file.write(chunk)
        rows = cursor.rowcount
    _sync(path)
    return msgspec.structs.replace(
        described(path, folder), table=table.name, columns=table.columns, rows=rows,
        counted_to=_counted_to(table, store),
    )


def _counted_to(table: Kept, store: PostgresqlStore) -> int:
    """Sequences stand outside transactions: at least as far as at the instant."""
    return store.counted_to(table.as_table()) if table.serial else 0


def _media(folder: Path, *, tell: Tell) -> tuple[File, ...]:
    """What was uploaded. Files are only ever added, so those that the databases name are there."""
    source, target = Path(settings.MEDIA_ROOT), folder / MEDIA
    if not source.is_dir():
        return ()
    shutil.copytree(source, target)
    files = tuple(described(path, folder) for path in sorted(target.rglob("*")) if path.is_file())
    tell(f"{MEDIA}: {len(files)} files")
    return files


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


