"""A PostgreSQL server for a while: of the binaries on this machine, on a free port, gone afterwards."""

import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

SETTINGS = ("listen_addresses=127.0.0.1", "unix_socket_directories=''", "max_connections=200", "fsync=off")
USER = "shop"
"""The superuser; everybody on this machine is trusted to be it."""
START_SECONDS = 60


def binaries() -> Path | None:
    """The folder of `initdb` and `postgres`; Debian's packages keep them out of PATH."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += [Path(found) for found in sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)]  # noqa: PTH207
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


class Cluster:
    """A server of our own, that a test may stop, kill and start again.

    folder: empty, or where a backup of another server is; `data` in it is the server's.

    :raises FileNotFoundError: without the binaries of a server on this machine
    """

    def __init__(self, folder: Path, *settings: str) -> None:
        programs = binaries()
        if programs is None:
            raise FileNotFoundError("No PostgreSQL server is on this machine: install the package `postgresql`.")
        self._programs, self._settings = programs, settings
        self._user: str | None = None
        self.folder, self.data, self.port = folder, folder / "data", free_port()
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            self._user = "postgres" if "postgres" in {entry.pw_name for entry in pwd.getpwall()} else "nobody"
            shutil.chown(folder, self._user)

    @property
    def url(self) -> str:
        """Of the server, without a database."""
        return f"postgres://{USER}@127.0.0.1:{self.port}"

    def create(self, *, log: Path | None = None) -> None:
        """Make an empty cluster. log: the folder of its write-ahead log, if that is not to be among its data."""
        elsewhere = []
        if log:
            if self._user:
                shutil.chown(log, self._user)
            elsewhere = ["--waldir", str(log)]
        self.run("initdb", "-D", str(self.data), "-U", USER, "-A", "trust", "-E", "UTF8", *elsewhere)

    def start(self) -> None:
        """Start it, and wait until it takes connections; after a crash that is when it has recovered."""
        options = " ".join([f"-p {self.port}", *(f"-c {setting}" for setting in (*SETTINGS, *self._settings))])
        give_up_at = time.monotonic() + START_SECONDS
        while True:
            try:
                self._control("-w", "-l", str(self.folder / "log"), "-o", options, "start")
            except subprocess.CalledProcessError:  # processes of a killed server may need a moment to notice
                if time.monotonic() > give_up_at:
                    raise
                time.sleep(0.1)
            else:
                return

    def stop(self) -> None:
        """At once, as if the machine had lost its power; what was committed is there when it starts again."""
        self._control("-w", "-m", "immediate", "stop")

    def kill(self) -> None:
        """The first process of the server, with -9; its others end when they notice."""
        with suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int((self.data / "postmaster.pid").read_text().split("\n")[0]), signal.SIGKILL)

    def run(self, program: str, *arguments: str) -> None:
        """One of the server's programs, as the server's user, to its end."""
        command: Sequence[str] = [str(self._programs / program), *arguments]
        subprocess.run(  # noqa: S603
            command, cwd=self.folder, user=self._user, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def _control(self, *arguments: str) -> None:
        self.run("pg_ctl", "-D", str(self.data), *arguments)


@contextmanager
def cluster(*settings: str) -> Iterator[Cluster]:
    """A fresh server, running. settings: further ones, such as `wal_level=logical`; the last word counts.

    :raises FileNotFoundError: without the binaries of a server on this machine
    """
    folder = Path(tempfile.mkdtemp(prefix="shop-postgresql-"))
    try:
        made = Cluster(folder, *settings)
        made.create()
        made.start()
        try:
            yield made
        finally:
            with suppress(subprocess.CalledProcessError):  # it may be down
                made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def throwaway(*settings: str) -> Iterator[int]:
    """A fresh server; yields its port.

    :raises FileNotFoundError: without the binaries of a server on this machine
    """
    with cluster(*settings) as made:
        yield made.port


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
