"""From settings to stores: where a module's rows are, and where they shall go."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.utils import ConnectionHandler

from storefront.database.schema import schema_named_in
from storefront.relocation.postgresql import PostgresqlStore
from storefront.relocation.sqlite import SqliteStore
from storefront.relocation.store import CannotMove, Store

_DRIVERS_OWN = ("context", "cursor_factory", "prepare_threshold", "client_encoding")


def home_of(module: str) -> Store:
    """Where the rows of `module` are now."""
    return _opened(connections[module])


def place_at(module: str, url: str) -> Store:
    """Where the rows of `module` would be at a database URL."""
    found = settings.STOREFRONT_DATABASE_AT(url, module)
    return _opened(ConnectionHandler({"default": found})["default"])


def migrate(module: str, url: str) -> None:
    """Make the tables of `module` at `url`: this very program, told that the module lives there.

    :raises CannotMove: if that fails; what it said is on the terminal
    """
    path = os.pathsep.join(filter(None, sys.path))
    environment = os.environ | {f"{module.upper()}_DATABASE_URL": url, "PYTHONPATH": path}
    command = [sys.executable, "-m", "django", "migrate", module, "--verbosity", "0"]
    done = subprocess.run(command, env=environment, check=False)  # noqa: S603  # our own words
    if done.returncode:
        raise CannotMove(f"The migrations of {module} failed at the target; their words are above.")


def _opened(connection: Any) -> Store:
    if connection.vendor == "sqlite":
        return SqliteStore(Path(connection.settings_dict["NAME"]))
    parameters = connection.get_connection_params()
    schema = schema_named_in(connection.settings_dict) or "public"
    return PostgresqlStore({name: each for name, each in parameters.items() if name not in _DRIVERS_OWN}, schema)
