"""Run a command with DATABASE_URL naming a PostgreSQL server: `python .ci/postgresql.py COMMAND ...`.

The server is the one of DATABASE_URL, else one on 127.0.0.1:5432 that trusts us, else a throwaway cluster made with
the binaries on this machine. Exits 3, saying how to enable it, if there is none of these.
"""

import getpass
import glob
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

NONE_FOUND = """\
SKIPPED: the suite on PostgreSQL. No server answers, and no server binaries are on this machine.
To enable it: DATABASE_URL=postgres://USER:PASSWORD@HOST/NAME make test (a role that may create databases),
or install a server, such as the package `postgresql`: a throwaway cluster is then made for each run.
"""
NAME = f"shop{os.getpid()}"


def main(command: list[str]) -> int:
    """Run `command`; its exit code, or 3 without any PostgreSQL."""
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        return _run(command, given)
    for user in (getpass.getuser(), "postgres"):
        if _answers(f"postgres://{user}@127.0.0.1:5432/postgres"):
            return _run(command, f"postgres://{user}@127.0.0.1:5432/{NAME}")
    binaries = _binaries()
    if binaries is None:
        sys.stdout.write(NONE_FOUND)
        return 3
    with _throwaway(binaries) as port:
        return _run(command, f"postgres://shop@127.0.0.1:{port}/{NAME}")


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


def _binaries() -> Path | None:
    """The folder of `initdb` and `postgres`; Debian's packages keep them out of PATH."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += [Path(found) for found in sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)]  # noqa: PTH207
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


@contextmanager
def _throwaway(binaries: Path) -> Iterator[int]:
    """A fresh cluster on a free port, gone afterwards."""
    folder, user = Path(tempfile.mkdtemp(prefix="shop-postgresql-")), None
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        user = "postgres" if "postgres" in {entry.pw_name for entry in pwd.getpwall()} else "nobody"
        shutil.chown(folder, user)

    def tool(name: str, *arguments: str) -> None:
        command = [str(binaries / name), "-D", str(folder / "data"), *arguments]
        subprocess.run(command, cwd=folder, user=user, check=True, stdout=subprocess.DEVNULL)  # noqa: S603

    port = _free_port()
    settings = ("listen_addresses=127.0.0.1", "unix_socket_directories=''", "max_connections=200", "fsync=off")
    options = " ".join([f"-p {port}", *(f"-c {setting}" for setting in settings)])
    try:
        tool("initdb", "-U", "shop", "-A", "trust", "-E", "UTF8")
        tool("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield port
        finally:
            tool("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
