"""What the drill starts: a PostgreSQL server that can replicate, processes of the shop, nginx before them."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from storefront.testing.postgresql import USER, free_port, throwaway

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
START_SECONDS = 120
"""For a process, on a machine that has other things to do."""
STOP_SECONDS = 30
SERVER = ("wal_level=logical", "fsync=on", "wal_retrieve_retry_interval=500ms")
"""As in production, but for the last one: a shorter wait between the copies of two tables."""


class Trouble(RuntimeError):
    """The drill itself could not go on."""


class Premises:
    """A folder, a database server, and whatever runs there."""

    def __init__(self, folder: Path, server: str) -> None:
        self.folder, self.server = folder, server
        self.shared = self.database("shop")
        self.public = free_port()
        self.payments = free_port()
        """Where other processes reach payments, whichever process that is: nginx leads there."""
        self.running: dict[str, Process] = {}
        self.environment = plain_environment() | {
            "DATA_DIR": str(folder / "data"), "DATABASE_URL": self.shared, "THROTTLES": "off", "LOG_LEVEL": "WARNING",
        }

    def database(self, name: str) -> str:
        """The URL of a new database."""
        with psycopg.connect(f"{self.server}/postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return f"{self.server}/{name}"

    def command(self, *arguments: str, **environment: str) -> str:
        """Run Python with these arguments to its end; what it said.

        :raises Trouble: it failed
        """
        done = subprocess.run(  # noqa: S603  # our own words
            [sys.executable, *arguments], cwd=ROOT, env=self.environment | environment, capture_output=True, text=True,
            check=False,
        )
        with (self.folder / "commands.log").open("a") as log:
            log.write(f"$ {' '.join(arguments)}\n{done.stdout}{done.stderr}\n")
        if done.returncode:
            raise Trouble(f"{' '.join(arguments)} failed.\n{done.stdout}{done.stderr}")
        return done.stdout

    def start(self, name: str, *, environment: Mapping[str, str], port: int = 0) -> "Process":
        """Serve the shop, or a part of it; `wait_until_ready` before it gets work."""
        process = Process(name, port or free_port(), self.folder, self.environment | dict(environment))
        self.running[name] = process
        return process

    def stop(self, name: str) -> None:
        """Let it finish what is at hand."""
        self.running.pop(name).stop()

    def close(self) -> None:
        """Stop everything."""
        for process in reversed(self.running.values()):
            process.stop()


class Process:
    """granian with one worker, its background thread beside it."""

    def __init__(self, name: str, port: int, folder: Path, environment: Mapping[str, str]) -> None:
        self.name, self.port = name, port
        self.log = folder / f"{name}.log"
        options = ["--interface", "wsgi", "--workers", "1", "--blocking-threads", "8", "--no-ws"]
        where = ["--host", HOST, "--port", str(port), "--log-level", "warning"]
        with self.log.open("wb") as log:
            self._child = subprocess.Popen(  # noqa: S603  # our own words
                [sys.executable, "-m", "granian", *options, *where, "config.wsgi:application"], cwd=ROOT,
                env=dict(environment), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        """Until it says so itself.

        :raises Trouble: it does not
        """
        give_up_at = time.monotonic() + START_SECONDS
        while not is_ready(self.port):
            if self._child.poll() is not None or time.monotonic() > give_up_at:
                raise Trouble(f"{self.name} is not ready.\n{self.log.read_text()[-4000:]}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Ask it to finish, and see to it that it is gone."""
        self._child.terminate()
        try:
            self._child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()


class Nginx:
    """The gateway: the shop's generated configuration, and an inner address that leads to payments."""

    def __init__(self, premises: Premises) -> None:
        self._premises = premises
        self._folder = premises.folder / "nginx"
        self._folder.mkdir()
        self._configuration = self._folder / "nginx.conf"
        self._child: subprocess.Popen[bytes] | None = None

    def show(self, gateway: str, *, payments: tuple[int, ...] = ()) -> None:
        """Lead to these processes from now on; requests under way are finished where they are.

        payments: ports of payments, in the order in which they are asked. Who answers 503 has not executed anything:
        then the next one is asked.
        """
        self._configuration.write_text(_with_inner_address(gateway, self._premises.payments, payments))
        if self._child is None:
            self._start()
            return
        before = _children(self._child.pid)
        self._run("-s", "reload")
        _wait(lambda: _children(self._child.pid) - before if self._child else True, "nginx did not read it again")

    def _start(self) -> None:
        with (self._folder / "log").open("wb") as log:
            self._child = subprocess.Popen(  # noqa: S603  # our own words
                [*self._words(), "-g", "daemon off;"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )
        _wait(lambda: _answers(self._premises.public), f"nginx did not start; see {self._folder / 'log'}")

    def _run(self, *words: str) -> None:
        done = subprocess.run([*self._words(), *words], capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise Trouble(f"nginx {' '.join(words)}: {done.stderr}")

    def _words(self) -> list[str]:
        return [_nginx(), "-p", str(self._folder), "-c", str(self._configuration)]

    def close(self) -> None:
        """Gone at once."""
        if self._child:
            self._child.terminate()
            self._child.wait(STOP_SECONDS)


_INNER = """
    upstream inner_payments {{
{servers}        keepalive 32;
    }}
    server {{
        listen {host}:{port};
        access_log off;
        proxy_set_header X-Forwarded-For "";
        proxy_next_upstream error http_503 non_idempotent;
        location / {{
            proxy_pass http://inner_payments;
        }}
    }}
}}
"""


def _with_inner_address(gateway: str, port: int, payments: tuple[int, ...]) -> str:
    """What Kubernetes calls a Service: one address, whoever is behind it at the moment."""
    if not payments:
        return gateway
    first, *others = (f"server {HOST}:{each} max_fails=0" for each in payments)
    servers = "".join(f"        {server};\n" for server in (first, *(f"{other} backup" for other in others)))
    return gateway.rstrip().removesuffix("}") + _INNER.format(servers=servers, host=HOST, port=port)


@contextmanager
def premises() -> Iterator[Premises]:
    """Everything that the drill needs, gone afterwards.

    :raises FileNotFoundError: PostgreSQL or nginx is not on this machine
    """
    _nginx()
    folder = Path(tempfile.mkdtemp(prefix="storefront-drill-"))
    folder.chmod(0o755)  # nginx's workers are nobody
    try:
        with throwaway(*SERVER) as port:
            made = Premises(folder, f"postgres://{USER}@{HOST}:{port}")
            try:
                yield made
            finally:
                made.close()
    finally:
        if not os.environ.get("KEEP_DRILL"):
            shutil.rmtree(folder, ignore_errors=True)


def ask(port: int, path: str, *, timeout: float = 5.0) -> tuple[int, Any]:
    """GET; status and JSON."""
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, json.loads(response.read() or b"null")
    finally:
        connection.close()


def is_ready(port: int) -> bool:
    try:
        return ask(port, "/readyz")[0] == 200
    except (OSError, ValueError, http.client.HTTPException):
        return False


def _answers(port: int) -> bool:
    try:
        ask(port, "/")
    except (OSError, http.client.HTTPException):
        return False
    except ValueError:  # it answered, though not in JSON
        return True
    return True


def _wait(until: Callable[[], object], otherwise: str) -> None:
    give_up_at = time.monotonic() + STOP_SECONDS
    while not until():
        if time.monotonic() > give_up_at:
            raise Trouble(otherwise)
        time.sleep(0.01)


def _children(pid: int) -> set[str]:
    return set(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


def _nginx() -> str:
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise FileNotFoundError("nginx is not on this machine: install the package `nginx`.")
    return found


def plain_environment() -> dict[str, str]:
    """Of a new shell, in which nobody chose anything."""
    chosen = ("DJANGO", "STOREFRONT_", "DATABASE_", "SECRET_KEY", "THROTTLE", "STATEMENT_")
    kept = {name: text for name, text in os.environ.items() if not name.startswith(chosen)}
    return {name: text for name, text in kept.items() if not name.endswith("DATABASE_URL")}
