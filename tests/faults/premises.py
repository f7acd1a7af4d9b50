"""Where the shop's books are on disk: kept as they are under a name, and put back as they were."""

import os
import shutil
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import urlsplit

import psycopg
from psycopg import sql


class Premises(Protocol):
    """All databases of one shop. Nobody may be at work in it while books are kept or put back."""

    environment: dict[str, str]
    is_remote: bool
    """Whether each child has to connect to a server, which takes longer than all that it does."""

    def keep(self, name: str) -> None:
        """Remember the books as they are."""

    def put_back(self, name: str) -> None:
        """Make the books what they were."""

    def close(self) -> None:
        """Leave nothing behind."""


def premises(folder: Path) -> Premises:
    """Empty ones: a database of their own where DATABASE_URL names a PostgreSQL server, else files."""
    url = os.environ.get("DATABASE_URL", "")
    return Server(url, folder) if url.startswith("postgres") else Files(folder)


class Files:
    """SQLite: a file per module. What a killed process left is in the file or in its write-ahead log."""

    is_remote = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {"DATA_DIR": str(folder)}

    def keep(self, name: str) -> None:
        (self.folder / name).mkdir()
        for path in self._files(self.folder):
            shutil.copyfile(path, self.folder / name / path.name)

    def put_back(self, name: str) -> None:
        for path in self.folder.glob("*.sqlite3*"):
            path.unlink()
        for path in self._files(self.folder / name):
            shutil.copyfile(path, self.folder / path.name)

    def _files(self, folder: Path) -> list[Path]:
        return [*folder.glob("*.sqlite3"), *folder.glob("*.sqlite3-wal")]

    def close(self) -> None:
        """Nothing: the folder is pytest's."""


class Server:
    """PostgreSQL: a database of its own with a schema per module. Rows are put back; that is quicker than a copy."""

    is_remote = True

    def __init__(self, url: str, folder: Path) -> None:
        parts = urlsplit(url)
        self.name = f"{parts.path.strip('/')}_faults_{os.getpid()}"
        self.server = parts._replace(path="/postgres").geturl()
        own = parts._replace(path=f"/{self.name}").geturl()
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self.name)))
        self.connection = psycopg.connect(own, autocommit=True)
        self.connection.execute("SET synchronous_commit = off")
        self.environment = {"DATA_DIR": str(folder), "DATABASE_URL": own}

    def keep(self, name: str) -> None:
        with self.connection.transaction():
            self.connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(f"kept_{name}")))
            for schema, table, columns in self._tables():
                self.connection.execute(
                    sql.SQL("CREATE TABLE {} AS SELECT {} FROM {}").format(
                        sql.Identifier(f"kept_{name}", f"{schema}.{table}"), _listed(columns),
                        sql.Identifier(schema, table),
                    )
                )

    def put_back(self, name: str) -> None:
        guarded = self._guarded_tables()
        with self.connection.transaction():
            self._guard(guarded, "DISABLE")
            for schema, table, columns in self._tables():
                here, kept = sql.Identifier(schema, table), sql.Identifier(f"kept_{name}", f"{schema}.{table}")
                self.connection.execute(sql.SQL("DELETE FROM {}").format(here))
                self.connection.execute(
                    sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(
                        here, _listed(columns), _listed(columns), kept
                    )
                )
            self.connection.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks to come cannot be altered
            self._guard(guarded, "ENABLE")

    def _guarded_tables(self) -> list[tuple[str, str]]:
        """Ledgers, which nobody else may empty."""
        return self.connection.execute(
            "SELECT DISTINCT relnamespace::regnamespace::text, relname::text"
            " FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal"
        ).fetchall()

    def _guard(self, tables: list[tuple[str, str]], how: Literal["ENABLE", "DISABLE"]) -> None:
        for table in tables:
            self.connection.execute(
                sql.SQL("ALTER TABLE {} {} TRIGGER USER").format(sql.Identifier(*table), sql.SQL(how))
            )

    def _tables(self) -> list[tuple[str, str, list[str]]]:
        """Each table with the columns that are not computed."""
        return self.connection.execute(
            "SELECT table_schema, table_name, array_agg(column_name::text)"
            " FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)"
            " WHERE table_type = 'BASE TABLE' AND is_generated = 'NEVER'"
            " AND table_schema !~ '^(kept_|pg_|information_)'"
            " GROUP BY 1, 2 ORDER BY 1, 2"
        ).fetchall()

    def close(self) -> None:
        self.connection.close()
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(self.name)))


def _listed(columns: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))
