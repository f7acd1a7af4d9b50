"""One database alias per module: an SQLite file each by default, PostgreSQL by URL."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import environ

PREPARE_AFTER = 5
"""Executions on a connection after which a statement is planned once and for all."""
STATEMENT_TIMEOUT_MS = 5_000
"""For work outside any command; a command sets its own, smaller limit. `STATEMENT_TIMEOUT_MS` overrides it."""

NOTICES_SILENCE = {
    "connect_timeout": 10, "tcp_user_timeout": 10_000, "keepalives_idle": 5, "keepalives_interval": 3,
    "keepalives_count": 3,
}
"""How soon a server that says nothing any more is given up, so that the next host of its URL is asked: a machine that
lost its power closes no connection. Seconds, but for `tcp_user_timeout` in ms. The URL may say otherwise."""

WRITABLE = {"target_session_attrs": "read-write"}
"""Of several hosts the one that can be written to is taken, whichever stands first, unless the URL says otherwise."""


def databases(env: environ.Env, data_dir: Path, modules: Iterable[str]) -> dict[str, dict[str, Any]]:
    """`<MODULE>_DATABASE_URL`, else `DATABASE_URL`, else `<data_dir>/<module>.sqlite3`.

    On PostgreSQL a module has a schema of its name, in its own database as in a shared one: so it can move from one
    to the other, and back, by replication. `default` holds users, sessions and the admin's log; its URL is
    `DATABASE_URL`. `DATABASE_POOL` bounds the connections of a process to each PostgreSQL alias, for processes with
    many threads; 0 keeps one per thread. Who has waited `DATABASE_POOL_SECONDS` for one is answered 503.
    `DATABASE_PREPARE` off sends statements unprepared, as a connection pooler of transactions may need; it costs
    PostgreSQL a third more. A URL may name several hosts, of which the one that can be written to is taken:
    `postgres://USER@ONE:5432,OTHER:5432/NAME`.
    """
    return {alias: _database(env, data_dir, alias) for alias in ("default", *modules)}


def _database(env: environ.Env, data_dir: Path, alias: str) -> dict[str, Any]:
    shared = env.str("DATABASE_URL", default="")
    own = "" if alias == "default" else env.str(f"{alias.upper()}_DATABASE_URL", default="")
    url = own or shared
    return database_at(env, url, alias) if url else _sqlite(data_dir / f"{alias}.sqlite3")


def database_at(env: environ.Env, url: str, alias: str) -> dict[str, Any]:
    """The settings of `alias` if its rows were at `url`."""
    database: dict[str, Any] = dict(env.db_url_config(url))
    if "sqlite" in database["ENGINE"]:
        return _sqlite(Path(database["NAME"]))
    return _postgresql(env, database, alias, schema="" if alias == "default" else alias)


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        },
        "TEST": {"NAME": str(path.with_name(f"test-{path.name}")), "DEPENDENCIES": []},
    }


def _postgresql(env: environ.Env, database: dict[str, Any], alias: str, *, schema: str) -> dict[str, Any]:
    limit = env.int("STATEMENT_TIMEOUT_MS", default=STATEMENT_TIMEOUT_MS)
    options = f"-c statement_timeout={limit} -c idle_in_transaction_session_timeout=60000"
    if schema:  # `public` second: extensions live there
        options += f" -c search_path={schema},public"
    pool = env.int("DATABASE_POOL", default=0)
    wait = env.float("DATABASE_POOL_SECONDS", default=5.0)
    prepare = env.bool("DATABASE_PREPARE", default=True)
    return database | {
        "ENGINE": "storefront.database.postgresql",
        "CONN_MAX_AGE": 0 if pool else None,
        "OPTIONS": {
            **NOTICES_SILENCE,
            **(WRITABLE if "," in str(database["HOST"]) else {}),
            **database.get("OPTIONS", {}),  # such as `?sslmode=verify-full` of its URL
            "options": options,
            "application_name": f"storefront-{alias}",
            "server_side_binding": prepare,
            "prepare_threshold": PREPARE_AFTER if prepare else None,
            **({"pool": {"min_size": 0, "max_size": pool, "timeout": wait}} if pool else {}),
        },
        "TEST": {"NAME": f"test_{database['NAME']}_{alias}", "DEPENDENCIES": []},
    }
