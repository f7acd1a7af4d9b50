"""Somebody who receives webhooks: a server on this machine that answers as it is told, and remembers."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, Self

import msgspec
from standardwebhooks import Webhook


class Received(NamedTuple):
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        """Its JSON."""
        facts: dict[str, Any] = msgspec.json.decode(self.body)
        return facts

    @property
    def id(self) -> str:
        """By which a receiver knows what it has had."""
        return self.headers["webhook-id"]

    def is_signed_with(self, secret: str) -> bool:
        """As a receiver would look."""
        try:
            Webhook(secret).verify(self.body, self.headers)
        except Exception:
            return False
        return True


Answer = tuple[int, dict[str, str], bytes]


class Receiver:
    """answers: one for each request, then `usual`. before: called with each request before it is answered."""

    def __init__(self) -> None:
        self.had: list[Received] = []
        self.answers: list[Answer | int] = []
        self.usual: Answer | int = 204
        self.before: Callable[[Received], object] = lambda _: None
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                found = Received(self.path, headers, body)
                receiver.had.append(found)
                receiver.before(found)
                answer = receiver.answers.pop(0) if receiver.answers else receiver.usual
                status, extra, text = (answer, {}, b"") if isinstance(answer, int) else answer
                self.send_response(status)
                for name, value in {"Content-Length": str(len(text)), **extra}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: Any) -> None:
                """In silence."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:
                """Whoever hangs up is no error here."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hooks"

    @property
    def types(self) -> list[str]:
        """What came, by type."""
        return [each.told["type"] for each in self.had]

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
