"""Run a command with DATABASE_URL naming a PostgreSQL server: `python .ci/postgresql.py [--own] COMMAND ...`.

The server is the one of DATABASE_URL, else one on 127.0.0.1:5432 that trusts us, else a throwaway cluster made with
the binaries on this machine. With --own it is such a cluster wherever there are binaries: it bears the connections of
many. Exits 3, saying how to enable it, if there is none of these.
"""

import getpass
import os
import subprocess
import sys
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from storefront.testing.postgresql import USER, binaries, throwaway

NONE_FOUND = """\
SKIPPED: the suite on PostgreSQL. No server answers, and no server binaries are on this machine.
To enable it: DATABASE_URL=postgres://USER:PASSWORD@HOST/NAME make test (a role that may create databases),
or install a server, such as the package `postgresql`: a throwaway cluster is then made for each run.
"""
NAME = f"shop{os.getpid()}"


def main(command: list[str]) -> int:
    """Run `command`; its exit code, or 3 without any PostgreSQL."""
    if command[0] == "--own" and binaries() is not None:
        return _run_on_our_own(command[1:])
    command = command[1:] if command[0] == "--own" else command
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        return _run(command, given)
    for user in (getpass.getuser(), "postgres"):
        if _answers(f"postgres://{user}@127.0.0.1:5432/postgres"):
            return _run(command, f"postgres://{user}@127.0.0.1:5432/{NAME}")
    if binaries() is None:
        sys.stdout.write(NONE_FOUND)
        return 3
    return _run_on_our_own(command)


def _run_on_our_own(command: list[str]) -> int:
    with throwaway("max_connections=600") as port:
        return _run(command, f"postgres://{USER}@127.0.0.1:{port}/{NAME}")


def _run(command: list[str], url: str) -> int:
    return subprocess.run(command, env=os.environ | {"DATABASE_URL": url}, check=False).returncode  # noqa: S603


def _answers(url: str) -> bool:
    """Whether a server lets us in without a password and lets us create databases."""
    try:
        with psycopg.connect(url, connect_timeout=2) as connection:
            right = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            row = connection.execute(right).fetchone()
    except psycopg.OperationalError:
        return False
    return bool(row and row[0])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
