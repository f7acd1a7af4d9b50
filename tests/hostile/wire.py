"""Requests as they arrive: bytes, straight into the WSGI application, in this thread."""

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Request:
    """target: path and query as they travel. In target, headers and body, `{cart_id}` stands for an id of the shop."""

    method: str
    target: str
    headers: Headers = ()
    body: bytes | None = None

    def without(self, name: str) -> "Request":
        """The same without a header."""
        return replace(self, headers=tuple(pair for pair in self.headers if pair[0].lower() != name.lower()))

    def having(self, name: str, text: str) -> "Request":
        """The same with a header of this text instead of its own."""
        return replace(self, headers=(*self.without(name).headers, (name, text)))

    def filled(self, names: Mapping[str, str]) -> "Request":
        """The same, where every `{name}` has become what it stands for."""
        target, headers, body = self.target, self.headers, self.body
        for name, text in names.items():
            mark = f"{{{name}}}"
            target = target.replace(mark, text)
            headers = tuple((header, value.replace(mark, text)) for header, value in headers)
            body = body.replace(mark.encode(), text.encode()) if body else body
        return replace(self, target=target, headers=headers, body=body)

    def __str__(self) -> str:
        shown = ", ".join(f"{name}: {text[:80]!r}" for name, text in self.headers)
        return f"{self.method} {self.target[:200]} [{shown}] {(self.body or b'')[:300]!r}"


class Reply(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, read strictly.

        :raises ValueError: it is not JSON in UTF-8
        """
        return json.loads(self.body.decode("utf-8"))


class Wire:
    """Carries requests to the shop."""

    def __init__(self) -> None:
        self._application = WSGIHandler()

    def send(self, request: Request) -> Reply:
        """One request, one reply."""
        told: list[Any] = []
        with _open_connections():
            chunks = self._application(_environ(request), lambda *status: told.extend(status))  # type: ignore[arg-type]
            try:
                body = b"".join(chunks)
            finally:
                chunks.close()
        return Reply(int(told[0].partition(" ")[0]), dict(told[1]), body)


@contextmanager
def _open_connections() -> Iterator[None]:
    """Django ends its transactions with the request; those of a test go on."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


def _environ(request: Request) -> dict[str, Any]:
    path, _, query = request.target.partition("?")
    body = request.body or b""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method, "SCRIPT_NAME": "", "QUERY_STRING": query, "REMOTE_ADDR": "192.0.2.7",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"), "SERVER_NAME": "testserver", "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.version": (1, 0), "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(), "wsgi.multithread": False, "wsgi.multiprocess": False, "wsgi.run_once": False,
    }
    if request.body is not None:
        environ["CONTENT_LENGTH"] = str(len(body))
    for name, text in request.headers:
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        environ[key] = f"{environ[key]},{text}" if key in environ and key.startswith("HTTP_") else text
    return environ
