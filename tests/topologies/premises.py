"""Two real processes that share little more than their secret key, and a gateway in a few lines before them."""

import os
import re
import secrets
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

from storefront.testing.processes import HOST, free_ports

ROOT = Path(__file__).resolve().parents[2]
TOPOLOGY = """
[processes.desk]
modules = ["shipping"]
url = "http://{host}:{desk}"

[processes.stockroom]
modules = ["inventory"]
url = "http://{host}:{stockroom}"
"""
AWAY = ("/admin/inventory/", "/api/v1/stock")
START_SECONDS = 90


class Premises:
    """`desk` is home; `stockroom` has its own databases, `default` too unless it is shared."""

    def __init__(self, folder: Path, *, is_shared: bool) -> None:
        self.is_shared = is_shared
        with free_ports(2) as ports:
            self.ports = dict(zip(("desk", "stockroom"), ports, strict=True))
        self._folder = folder
        (folder / "topology.toml").write_text(TOPOLOGY.format(host=HOST, **self.ports))
        self._shared = {
            "STOREFRONT_TOPOLOGY": str(folder / "topology.toml"), "SECRET_KEY": secrets.token_urlsafe(50),
            "STOREFRONT_CLAIM_SECONDS": "1", "STOREFRONT_BACKGROUND": "none", "THROTTLES": "off",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        self._servers: list[subprocess.Popen[bytes]] = []

    def environment(self, process: str) -> dict[str, str]:
        """What a process is started with."""
        kept = {name: text for name, text in os.environ.items() if not name.endswith("DATABASE_URL")}
        return kept | self._shared | {"STOREFRONT_PROCESS": process, "DATA_DIR": str(self._data_of(process))}

    def _data_of(self, process: str) -> Path:
        return self._folder / ("data" if self.is_shared else process)

    def manage(self, process: str, *words: str, **extra: str) -> str:
        """Run a command of a process; returns what it said."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, env=self.environment(process) | extra, text=True,
            capture_output=True, check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def open(self) -> None:
        """Migrate and serve both."""
        for process in self.ports:
            self.manage(process, "migrate", "-v0")
        self._servers = [self._serve(process) for process in self.ports]
        give_up_at = time.monotonic() + START_SECONDS
        for port in self.ports.values():
            while not _serves(port):
                assert time.monotonic() < give_up_at, "A process did not start."
                time.sleep(0.1)

    def _serve(self, process: str) -> "subprocess.Popen[bytes]":
        options = ("--interface", "wsgi", "--workers", "1", "--host", HOST, "--port", str(self.ports[process]))
        with (self._folder / f"{process}.log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "granian", *options, "config.wsgi:application"], cwd=ROOT,
                env=self.environment(process), stdout=log, stderr=subprocess.STDOUT,
            )

    def close(self) -> None:
        """End both."""
        for server in self._servers:
            server.terminate()
        for server in self._servers:
            server.wait()

    def said(self, process: str) -> str:
        """What a process has logged."""
        return (self._folder / f"{process}.log").read_text(errors="replace")


def _serves(port: int) -> bool:
    try:
        return httpx2.get(f"http://{HOST}:{port}/admin/login/", trust_env=False).status_code in (200, 421)
    except httpx2.TransportError:
        return False


class Browser:
    """One browser before a gateway: cookies are the host's, whichever process answers."""

    def __init__(self, premises: Premises) -> None:
        self._ports = premises.ports
        self._client = httpx2.Client(timeout=30, trust_env=False)

    def _url(self, path: str) -> str:
        port = self._ports["stockroom" if path.startswith(AWAY) else "desk"]
        return f"http://{HOST}:{port}{path}"

    def get(self, path: str, **headers: str) -> Any:
        """GET, led to the process that the path belongs to."""
        return self._client.get(self._url(path), headers=headers)

    def submit(self, path: str, *, form_at: str = "", **fields: str) -> Any:
        """Send a form as a browser does, with its token and what it hides. form_at: its page, if it is another."""
        page = self.get(form_at or path)
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
        return self._client.post(self._url(path), data=hidden | fields, headers={"Referer": self._url(path)})

    def follow(self, response: Any) -> Any:
        """Where an answer leads, through the gateway."""
        where = urlsplit(response.headers["location"])
        return self.get(where.path + (f"?{where.query}" if where.query else ""))

    def sign_in(self, username: str, password: str) -> Any:
        """At the login page."""
        return self.submit("/admin/login/", username=username, password=password)

    def cookie(self, name: str) -> str:
        """What the host has left with the browser."""
        return next(each.value or "" for each in self._client.cookies.jar if each.name == name)

    def at(self, process: str, path: str) -> Any:
        """GET past the gateway."""
        return self._client.get(f"http://{HOST}:{self._ports[process]}{path}")

    def post(self, process: str, path: str, body: bytes) -> Any:
        """POST past the gateway."""
        return self._client.post(f"http://{HOST}:{self._ports[process]}{path}", content=body)

    def close(self) -> None:
        """Its connections."""
        self._client.close()
