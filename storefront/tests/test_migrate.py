"""`manage.py migrate` over all databases of this process."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.conf import settings

from storefront.ids import ulid
from storefront.topology import modules_here


@pytest.fixture
def migrate(tmp_path: Path) -> "Migrate":
    """The command, on databases of its own."""
    return Migrate(tmp_path)


class Migrate:
    """Runs the command in a process of its own, as an installer does."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.environment = {name: value for name, value in os.environ.items() if not name.endswith("DATABASE_URL")}

    def __call__(self, *arguments: str, url: str = "", **own: str) -> str:
        given = {"DATA_DIR": str(self.data_dir)} | ({"DATABASE_URL": url} if url else {}) | own
        command = [sys.executable, "manage.py", "migrate", *arguments]
        return subprocess.run(
            command, cwd=settings.BASE_DIR, env=self.environment | given, check=True, capture_output=True, text=True
        ).stdout


class TestMigrateOnSqlite:
    def test_makes_a_file_for_each_module_with_its_own_tables_only(self, migrate: Migrate) -> None:
        migrate()

        for module in settings.STOREFRONT_MODULES:
            assert f"{module}_outbox" in self._tables(migrate, module)
            assert "auth_user" not in self._tables(migrate, module)
        assert not [name for name in self._tables(migrate, "default") if name.endswith("_outbox")]

    def test_says_plainly_that_nothing_is_left_to_do(self, migrate: Migrate) -> None:
        migrate()

        again = migrate()

        assert [line.split(maxsplit=1)[1] for line in again.splitlines()] == ["up to date"] * (1 + len(modules_here()))

    def test_takes_one_module_by_its_name(self, migrate: Migrate) -> None:
        migrate("cart", "zero")
        migrate("cart")

        assert "cart_outbox" in self._tables(migrate, "cart")

    def _tables(self, migrate: Migrate, alias: str) -> set[str]:
        connection = sqlite3.connect(migrate.data_dir / f"{alias}.sqlite3")
        try:
            return {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        finally:
            connection.close()


@pytest.mark.postgresql
class TestMigrateOnPostgresql:
    @pytest.fixture
    def url(self) -> Iterator[str]:
        """A fresh database on the server of this run."""
        server, name = urlsplit(os.environ["DATABASE_URL"]), f"shop_{ulid().lower()}"
        admin = urlunsplit(server._replace(path="/postgres"))
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
            try:
                yield urlunsplit(server._replace(path=f"/{name}"))
            finally:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def test_gives_each_module_a_schema_with_its_own_record(self, migrate: Migrate, url: str) -> None:
        migrate(url=url)

        with psycopg.connect(url) as connection:
            rows = connection.execute(
                "SELECT table_schema, table_name FROM information_schema.tables WHERE table_name LIKE '%\\_outbox'"
                " OR table_name = 'django_migrations' ORDER BY 1, 2"
            ).fetchall()
        modules = settings.STOREFRONT_MODULES
        assert sorted(rows) == sorted(
            [(module, f"{module}_outbox") for module in modules]
            + [(schema, "django_migrations") for schema in (*modules, "public")]
        )

    def test_finds_nothing_to_do_the_second_time(self, migrate: Migrate, url: str) -> None:
        migrate(url=url)

        assert "applied" not in migrate(url=url)

    def test_gives_a_module_the_same_schema_in_a_database_of_its_own(self, migrate: Migrate, url: str) -> None:
        migrate("cart", CART_DATABASE_URL=f"{url}?sslmode=prefer")

        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT to_regclass('cart.cart_outbox') IS NOT NULL").fetchone() == (True,)
