"""A PostgreSQL server for a while: of the binaries on this machine, on a free port, gone afterwards."""

import glob
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SETTINGS = ("listen_addresses=127.0.0.1", "unix_socket_directories=''", "max_connections=200", "fsync=off")
USER = "shop"
"""The superuser; everybody on this machine is trusted to be it."""


def binaries() -> Path | None:
    """The folder of `initdb` and `postgres`; Debian's packages keep them out of PATH."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += [Path(found) for found in sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)]  # noqa: PTH207
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


@contextmanager
def throwaway(*settings: str) -> Iterator[int]:
    """A fresh cluster; yields its port. settings: further ones, such as `wal_level=logical`.

    :raises FileNotFoundError: without the binaries of a server on this machine
    """
    programs = binaries()
    if programs is None:
        raise FileNotFoundError("No PostgreSQL server is on this machine: install the package `postgresql`.")
    folder, user = Path(tempfile.mkdtemp(prefix="shop-postgresql-")), None
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        user = "postgres" if "postgres" in {entry.pw_name for entry in pwd.getpwall()} else "nobody"
        shutil.chown(folder, user)

    def tool(name: str, *arguments: str) -> None:
        command = [str(programs / name), "-D", str(folder / "data"), *arguments]
        subprocess.run(command, cwd=folder, user=user, check=True, stdout=subprocess.DEVNULL)  # noqa: S603

    port = free_port()
    options = " ".join([f"-p {port}", *(f"-c {setting}" for setting in (*SETTINGS, *settings))])
    try:
        tool("initdb", "-U", USER, "-A", "trust", "-E", "UTF8")
        tool("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield port
        finally:
            tool("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
