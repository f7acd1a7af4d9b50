"""A shop to measure: its own database and files, many products, served by granian."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.database import Database
from benchmarks.processes import with_children
from storefront.topology.plan import load

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60
STOP_SECONDS = 15
SPARE_CONNECTIONS = 10
"""Of the server's, left to its superuser, to the benchmark itself, and to whoever else works there."""


class Shop:
    """Settings, commands and servers of one shop."""

    def __init__(self, database: Database, files: Path) -> None:
        self.database = database
        self.environment = {
            **os.environ, "DATABASE_URL": database.url, "DATA_DIR": str(files), "DEBUG": "off", "THROTTLES": "off",
            "LOG_LEVEL": "WARNING",
        }

    def seed(self, products: int) -> None:
        """Make the tables, and so many products of two variants each."""
        self.manage("migrate", "--verbosity=0")
        self.manage("seed", f"--products={products}")

    def manage(self, *arguments: str) -> None:
        """Run a command of the shop; it tells its progress to the terminal."""
        subprocess.run(  # noqa: S603  # our own words
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.environment, check=True, stdout=sys.stderr
        )

    def how_served(self, *, workers: int, threads: int) -> str:
        """For the report, while the database is there."""
        pool = self._pool(workers=workers, threads=threads)
        bound = f", at most {pool} connections each to a database" if pool else ""
        return f"granian, WSGI, {workers} workers, {threads} threads each{bound}"

    def _pool(self, *, workers: int, threads: int) -> int:
        """What DATABASE_POOL must be, here or by the caller's own wish; 0 where every thread may have its own."""
        if wish := self.environment.get("DATABASE_POOL"):
            return int(wish)
        aliases = len(load("monolith", ROOT / "config" / "topologies").modules) + 1
        most = int(self.database.settings()["max_connections"])
        return pool_for(workers=workers, threads=threads, aliases=aliases, most=most)

    @contextlib.contextmanager
    def served(self, *, application: str = "config.wsgi:application", workers: int, threads: int) -> Iterator["Server"]:
        """The shop behind granian, until the block ends."""
        port = _free_port()
        options = ["--interface", "wsgi", "--workers", str(workers), "--blocking-threads", str(threads), "--no-ws"]
        command = [sys.executable, "-m", "granian", application, "--host", "127.0.0.1", "--port", str(port), *options]
        environment = self.environment | {"DATABASE_POOL": str(self._pool(workers=workers, threads=threads))}
        process = subprocess.Popen(  # noqa: S603  # our own words
            [*command, "--log-level", "warning"], cwd=ROOT, env=environment, stdout=sys.stderr
        )
        try:
            _wait_for(process, port)
            yield Server(f"http://127.0.0.1:{port}", process.pid)
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                for pid in with_children(process.pid):  # its workers would outlive it
                    os.kill(pid, signal.SIGKILL)
                process.wait()


def pool_for(*, workers: int, threads: int, aliases: int, most: int) -> int:
    """Connections of a worker to each alias, so that all stay below `most`; 0 if they do anyway.

    Each thread has one to every alias, and so has the background's.
    """
    allowed = most - SPARE_CONNECTIONS
    if workers * (threads + 1) * aliases <= allowed:
        return 0
    return max(1, allowed // (workers * aliases))


class Server:
    """Where a shop is served, and by which process."""

    def __init__(self, origin: str, pid: int) -> None:
        self.origin, self.pid = origin, pid


@contextlib.contextmanager
def files() -> Iterator[Path]:
    """A folder for the shop's files, for as long as it lasts."""
    with tempfile.TemporaryDirectory(prefix="storefront-bench-") as folder:
        yield Path(folder)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(process: "subprocess.Popen[bytes]", port: int) -> None:
    give_up_at = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up_at and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("The server did not start; its words are above.")
