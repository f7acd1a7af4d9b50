"""The benchmark's own PostgreSQL database: made, watched, dropped. The server's settings are read, never changed."""

import getpass
import os
import re
import socket
from typing import Any
from urllib.parse import urlsplit

import psycopg

MODULES = ("cart", "catalog", "checkout", "inventory", "payments", "shipping")
SETTINGS = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_connections")


class Database:
    """One database with a schema per module, and a connection to look into it."""

    def __init__(self, url: str) -> None:
        self.url = url
        where = urlsplit(url)
        self.name = where.path.strip("/")
        if not re.fullmatch(r"[a-z_][a-z0-9_]*_bench", self.name):  # it is dropped and made anew
            raise ValueError(f"The database is called {self.name!r}; give one whose name ends with _bench.")
        self._admin_url = where._replace(path="/postgres").geturl()
        self._connection: psycopg.Connection[Any] | None = None

    def exists(self) -> bool:
        """Whether it was made before."""
        with psycopg.connect(self._admin_url) as admin:
            return bool(admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [self.name]).fetchone())

    def make(self) -> None:
        """Make it anew."""
        self.drop()
        self._administer(f"CREATE DATABASE {self.name}")

    def copied(self, label: str) -> "Database":
        """Another one with the same rows. Nobody may be connected to this one meanwhile."""
        name = f"{self.name.removesuffix('_bench')}_{re.sub('[^a-z0-9]', '_', label)}_bench"
        copy = Database(urlsplit(self.url)._replace(path=f"/{name}").geturl())
        copy.drop()
        self.close()
        self._administer(f"CREATE DATABASE {name} TEMPLATE {self.name}")
        return copy

    def deliveries(self, producer: str) -> int:
        """Facts that this module owes."""
        return int(self._rows(f"SELECT count(*) FROM {producer}.{producer}_delivery")[0][0])  # noqa: S608

    def skus(self) -> list[str]:
        """Those with more in stock than any benchmark sells."""
        plenty = "SELECT sku FROM inventory.inventory_level GROUP BY sku HAVING sum(on_hand) >= 100 ORDER BY sku"
        return [row[0] for row in self._rows(plenty)]

    def drop(self) -> None:
        """Drop it, if it is there."""
        self.close()
        self._administer(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    def tidy(self) -> None:
        """As it would be after a while: vacuumed and analysed."""
        self._rows("VACUUM ANALYZE")

    def settings(self) -> dict[str, str]:
        """How durable and how large this server is set."""
        return {name: self._rows(f"SHOW {name}")[0][0] for name in SETTINGS}

    def backends(self) -> list[int]:
        """The processes that serve the shop; none if they run on another machine."""
        if urlsplit(self.url).hostname not in ("localhost", "127.0.0.1", "::1", None, socket.gethostname()):
            return []
        rows = self._rows(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return [row[0] for row in rows]

    def backlog(self) -> int:
        """Deliveries and sagas that are still to be seen to."""
        counts = [f"(SELECT count(*) FROM {module}.{module}_delivery)" for module in MODULES]  # noqa: S608
        counts.append("(SELECT count(*) FROM checkout.checkout_sagarow WHERE next_at IS NOT NULL)")
        return int(self._rows(f"SELECT {' + '.join(counts)}")[0][0])

    def close(self) -> None:
        """Look no more."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def _rows(self, sql: str) -> list[Any]:
        if self._connection is None:
            self._connection = psycopg.connect(self.url, autocommit=True)
        cursor = self._connection.execute(sql)
        return list(cursor.fetchall()) if cursor.description else []

    def _administer(self, *statements: str) -> None:
        with psycopg.connect(self._admin_url, autocommit=True) as admin:
            for sql in statements:
                admin.execute(sql)


def default_url() -> str:
    """A database of our own on the server of `DATABASE_URL`, or on this machine."""
    where = urlsplit(os.environ.get("DATABASE_URL") or f"postgres://{getpass.getuser()}@127.0.0.1/storefront")
    return where._replace(path=f"{where.path.removesuffix('_bench')}_bench").geturl()
