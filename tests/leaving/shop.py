"""A shop whose processes come from several projects, started as its operators would, with databases of their own."""

import json
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from storefront.leaving.tailoring import topology_out
from storefront.topology.plan import load
from tests.leaving.conftest import clean_environment

T = TypeVar("T")
WAIT_SECONDS = 60
_SERVER = ("granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads", "4", "--no-ws")


class Site:
    """One process of the shop, in the project that its code is in."""

    def __init__(self, folder: Path, data: Path, url: str, **environment: str) -> None:
        self.folder = folder
        self.url = url
        self.log = data / "log"
        data.mkdir()
        self._environment = clean_environment(
            PYTHONDONTWRITEBYTECODE="1", DATA_DIR=str(data), THROTTLES="off", LOG_LEVEL="WARNING", **environment
        )

    def manage(self, *arguments: str) -> str:
        """`manage.py ...` there; what it printed.

        :raises AssertionError: it failed
        """
        result = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=self.folder, env=self._environment, capture_output=True,
            text=True, timeout=120, check=False,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def run(self, script: str) -> str:
        """Python in a process like this one, beside it."""
        return self.manage("shell", "--verbosity", "0", "--command", script)

    @contextmanager
    def serving(self) -> Iterator[None]:
        """It serves meanwhile, and ends when told to."""
        host, _, port = self.url.removeprefix("http://").partition(":")
        command = [sys.executable, "-m", *_SERVER, "--host", host, "--port", port, "config.wsgi:application"]
        with self.log.open("wb") as log:
            server = subprocess.Popen(
                command, cwd=self.folder, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )
        try:
            until(lambda: server.poll() is not None or is_open(host, int(port)))
            assert server.poll() is None, self.log.read_text()
            yield
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(WAIT_SECONDS)

    def ask(self, path: str, body: object = None, *, key: str = "") -> Any:
        """GET, or POST if there is a body, of the public API; the answer's JSON.

        :raises AssertionError: it is refused
        """
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        content = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.url}/api/v1/{path}", content, headers)  # noqa: S310  # our own address
        try:
            with urlopen(request, timeout=30) as answer:  # noqa: S310
                return json.load(answer)
        except HTTPError as error:
            raise AssertionError(f"{path}: {error.status} {error.read().decode()}\n{self.said()}") from error

    def said(self) -> str:
        """The end of its log."""
        return self.log.read_text()[-3000:] if self.log.exists() else ""


class Shop:
    """The rest of the shop, and the module that has left it."""

    def __init__(self, module: str, *, rest: Path, outside: Path, scratch: Path, **outside_only: str) -> None:
        topology = scratch / "topology.toml"
        others = {path.parent.name for path in (rest / "modules").glob("*/apps.py")} - {module}
        ports = free_ports()
        text = topology_out(module, others).replace(":8101", f":{ports[0]}").replace(":8102", f":{ports[1]}")
        topology.write_text(text)
        shared = {
            "STOREFRONT_TOPOLOGY": str(topology), "SECRET_KEY": secrets.token_hex(32),
            "STOREFRONT_SERVICE_KEYS": f"k1:{secrets.token_hex(32)}",
        }
        plan = load(str(topology), scratch)
        self.module = module
        self.rest = Site(rest, scratch / "rest", plan.process("shop").url, STOREFRONT_PROCESS="shop", **shared)
        self.outside = Site(outside, scratch / "outside", plan.process(module).url, **shared | outside_only)

    @property
    def sites(self) -> tuple[Site, Site]:
        """Both."""
        return self.rest, self.outside

    def site_of(self, module: str) -> Site:
        """Where a module runs."""
        return self.outside if module == self.module else self.rest

    @contextmanager
    def open(self) -> Iterator[None]:
        """Both serve meanwhile, on databases that are made first."""
        for site in self.sites:
            site.manage("migrate", "--verbosity", "0")
        with ExitStack() as stack:
            for site in self.sites:
                stack.enter_context(site.serving())
            yield


def free_ports() -> tuple[int, int]:
    """Two ports where nobody listens."""
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def is_open(host: str, port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0


def until(look: Callable[[], T], *, explain: Callable[[], str] = str) -> T:
    """Look again and again until there is something to see.

    :raises AssertionError: there is not, in a minute
    """
    give_up_at = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < give_up_at:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError(f"Not within {WAIT_SECONDS} s: {explain()}")
