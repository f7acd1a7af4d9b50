"""A shop of real processes in a folder of its own, started by the shop's own commands."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storefront.testing.processes import free_ports

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 90
"""To start on a machine that has other things to do."""
OTHERS = ("cart", "catalog", "checkout", "inventory", "shipping")


class Answer:
    """What came back over HTTP."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()


def ask(port: int, path: str, *, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
    """One request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): text for name, text in headers.items()})
        return Answer(connection.getresponse())
    finally:
        connection.close()


class Place:
    """Ports, a topology file and a data folder; payments apart from the rest."""

    def __init__(self, folder: Path, *, events: str = "http", environment: dict[str, str] | None = None) -> None:
        with free_ports(3) as (self.shop, self.payments, self.gateway):
            self.folder = folder
        self._chosen = environment or {}
        self.topology = folder / "planted.toml"
        self.topology.write_text(
            f'events = "{events}"\n[processes.shop]\nmodules = {list(OTHERS)}\nurl = "http://127.0.0.1:{self.shop}"\n'
            f'[processes.payments]\nmodules = ["payments"]\nurl = "http://127.0.0.1:{self.payments}"\n'
        )

    def environment(self) -> dict[str, str]:
        """Of a new shell, in which nobody chose anything else."""
        chosen = ("PYTEST", "DJANGO", "STOREFRONT_", "DATABASE_", "THROTTLES", "STATEMENT_")
        kept = {name: text for name, text in os.environ.items() if not name.startswith(chosen)}
        kept = {name: text for name, text in kept.items() if not name.endswith("DATABASE_URL")}
        return kept | {"DATA_DIR": str(self.folder / "data")} | self._chosen


class Running:
    """A command of the shop that goes on until it is told to stop."""

    def __init__(self, place: Place, *arguments: str) -> None:
        self.log = place.folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", *arguments], cwd=ROOT, env=place.environment(), stdout=log, stderr=log,
                start_new_session=True,
            )

    def said(self) -> str:
        """All that it wrote."""
        return self.log.read_text(errors="replace")

    def wait_until_it_says(self, words: str) -> None:
        """These words, sooner or later."""
        give_up_at = time.monotonic() + SECONDS
        while words not in self.said():
            assert self.process.poll() is None, f"It ended with {self.process.returncode}.\n{self.said()}"
            assert time.monotonic() < give_up_at, f"It does not say {words!r}.\n{self.said()}"
            time.sleep(0.05)

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(SECONDS)


@contextmanager
def running(place: Place, *arguments: str) -> Iterator[Running]:
    """A command of the shop meanwhile."""
    command = Running(place, *arguments)
    try:
        yield command
    finally:
        if command.process.poll() is None:
            command.stop()


def pid_serving(port: int) -> int:
    """The process that was started to serve there."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_text().split("\0")
        except OSError:
            continue
        if "granian" in words and str(port) in words:
            return int(folder.name)
    raise LookupError(f"Nobody serves on {port}.")
