"""A shop on databases of its own: files, one PostgreSQL database, or a PostgreSQL database for each module."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent.parent
MODULES = ("cart", "catalog", "checkout", "inventory", "payments", "shipping")
KINDS = ("files", "database", "databases")
PATIENCE_S = 300


class Premises:
    """Commands of one shop, each in a process of its own."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        inherited = {
            name: value for name, value in os.environ.items()
            if not name.startswith(("STOREFRONT_", "DATABASE", "DATA_DIR")) and not name.endswith("_DATABASE_URL")
        }
        self.environment = inherited | {"DATA_DIR": str(folder / "var"), "PYTHONPATH": str(ROOT)} | environment

    def live(self, *deeds: str) -> list[Any]:
        """Let things happen in the shop, in a process of its own; returns what came of each (see `life`)."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.restoring", *deeds], cwd=ROOT, env=self.environment, capture_output=True,
            text=True, check=False, timeout=PATIENCE_S,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return list(json.loads(done.stdout.strip().splitlines()[-1]))

    def vanish(self) -> None:
        """The machine of the databases is gone; there is a new one, with nothing in it."""
        for file in (self.folder / "var").glob("*.sqlite3*"):
            file.unlink()
        for url in set(self._urls()):
            name = urlsplit(url).path.strip("/")
            with psycopg.connect(urlsplit(url)._replace(path="/postgres").geturl(), autocommit=True) as connection:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def _urls(self) -> list[str]:
        return [url for name, url in self.environment.items() if name.endswith("DATABASE_URL")]


@contextmanager
def premises(folder: Path, kind: str) -> Iterator[Premises]:
    """Empty ones."""
    folder.mkdir()
    if kind == "files":
        yield Premises(folder, {})
        return
    server = urlsplit(os.environ["DATABASE_URL"])
    name = f"{server.path.strip('/')}_{folder.name}_{os.getpid()}"
    made = [name] if kind == "database" else [name, *(f"{name}_{module}" for module in MODULES)]
    with psycopg.connect(server._replace(path="/postgres").geturl(), autocommit=True) as connection:
        for each in made:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(each)))
        urls = {"DATABASE_URL": server._replace(path=f"/{name}").geturl()}
        if kind == "databases":
            for module in MODULES:
                urls[f"{module.upper()}_DATABASE_URL"] = server._replace(path=f"/{name}_{module}").geturl()
        try:
            yield Premises(folder, urls)
        finally:
            for each in made:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(each)))
