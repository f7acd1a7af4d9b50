"""Web processes over the databases of the test run, each with its background thread, as in production."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.db import connections

from storefront.testing.client import ProcessClient
from storefront.testing.processes import HOST, UNHURRIED, ProcessTrouble, free_ports, placed
from storefront.topology import topology
from storefront.topology.routes import routes

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120
TROUBLE = ("deadlock detected", "Traceback", " ERROR ")
"""What no log may say after a race."""


class Client(ProcessClient):
    """Of one process; failures are written down, also those that a patient client gets over."""

    failures: list[str]

    def request(self, **request: Any) -> Any:
        """Send it, and look at the status."""
        response = super().request(**request)
        if response.status_code >= 500:
            self.failures.append(f"{request['REQUEST_METHOD']} {request['PATH_INFO']}: {response.status_code}")
        return response


class Servers:
    """Their ports, what they log, and what they failed to do."""

    def __init__(self, ports: Sequence[int], folder: Path) -> None:
        self.ports = tuple(ports)
        self.folder = folder
        self.failures: list[str] = []
        self._heard: dict[Path, int] = {}

    def client(self, number: int) -> Client:
        """A client of one of the processes, in turn."""
        here = topology()
        port = self.ports[number % len(self.ports)]
        at = placed(here, [port] * len(here.processes))
        client = Client()
        client.topology, client.routes, client.failures = at, routes(), self.failures
        return client

    def complaints(self) -> list[str]:
        """Answers of 500 and above, and lines about trouble that were logged, since this was last asked."""
        found, self.failures[:] = list(self.failures), []
        for log in sorted(self.folder.glob("*.log")):
            text = log.read_bytes()[self._heard.get(log, 0) :]
            self._heard[log] = self._heard.get(log, 0) + len(text)
            lines = text.decode(errors="replace").splitlines()
            found += [f"{log.stem}: {line}" for line in lines if any(word in line for word in TROUBLE)]
        return found


@contextmanager
def serving(count: int, folder: Path) -> Iterator[Servers]:
    """So many web processes, four requests at a time between them, until the block ends.

    :raises ProcessTrouble: one of them does not start
    """
    with free_ports(count) as ports:
        pass
    threads = str(max(1, 4 // count))
    serve = ("-m", "granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads", threads, "--no-ws")
    commands = [(*serve, "--host", HOST, "--port", str(port), "config.wsgi:application") for port in ports]
    children: list[subprocess.Popen[bytes]] = []
    try:
        for number, command in enumerate(commands):
            children.append(_started(command, folder / f"web-{number}.log"))
        servers = Servers(ports, folder)
        for port in ports:
            _wait_for(servers, port, children)
        servers.complaints()
        yield servers
    finally:
        for child in children:
            os.killpg(child.pid, signal.SIGKILL)
        for child in children:
            child.wait()


def _started(command: tuple[str, ...], log: Path) -> "subprocess.Popen[bytes]":
    with log.open("wb") as out:
        return subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=_environment(), stdin=subprocess.DEVNULL, stdout=out,
            stderr=subprocess.STDOUT, start_new_session=True,
        )


def _environment() -> dict[str, str]:
    """Of this run: each module in its own test database. Nobody is turned away for being slow or many."""
    urls = {"DATABASE_URL": _url("default")}
    urls |= {f"{alias.upper()}_DATABASE_URL": _url(alias) for alias in connections if alias != "default"}
    return os.environ | urls | UNHURRIED | {
        "STOREFRONT_BACKGROUND": "thread", "THROTTLES": "off", "DATABASE_POOL": "0", "LOG_LEVEL": "WARNING",
    }


def _url(alias: str) -> str:
    given: dict[str, Any] = connections[alias].settings_dict
    who = quote(given["USER"]) + (f":{quote(given['PASSWORD'])}" if given["PASSWORD"] else "")
    port = f":{given['PORT']}" if given["PORT"] else ""
    return f"postgres://{who}@{given['HOST'] or 'localhost'}{port}/{quote(given['NAME'])}"


def _wait_for(servers: Servers, port: int, children: "list[subprocess.Popen[bytes]]") -> None:
    give_up_at = time.monotonic() + START_SECONDS
    while not _is_ready(port):
        if time.monotonic() > give_up_at or any(child.poll() is not None for child in children):
            said = "\n".join(log.read_text()[-2000:] for log in sorted(servers.folder.glob("*.log")))
            raise ProcessTrouble(f"The servers did not start.\n{said}")
        time.sleep(0.1)


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
