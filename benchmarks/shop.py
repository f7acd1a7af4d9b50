"""A shop to measure: its own database and files, many products, served by granian."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.database import Database

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60


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

    @contextlib.contextmanager
    def served(self, *, application: str = "config.wsgi:application", workers: int, threads: int) -> Iterator["Server"]:
        """The shop behind granian, until the block ends."""
        port = _free_port()
        options = ["--interface", "wsgi", "--workers", str(workers), "--blocking-threads", str(threads), "--no-ws"]
        command = [sys.executable, "-m", "granian", application, "--host", "127.0.0.1", "--port", str(port), *options]
        process = subprocess.Popen(  # noqa: S603  # our own words
            [*command, "--log-level", "warning"], cwd=ROOT, env=self.environment, stdout=sys.stderr
        )
        try:
            _wait_for(process, port)
            yield Server(f"http://127.0.0.1:{port}", process.pid)
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


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
