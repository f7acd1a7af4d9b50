"""One request to an endpoint: to the address that was looked at, once, no further, and not for long."""

import http.client
import socket
import ssl
import threading
from contextlib import suppress
from functools import cache
from typing import NamedTuple

from modules.webhooks.targets import Target, resolved

CONNECT_SECONDS = 5.0
WHOLE_SECONDS = 15.0
"""From the first byte sent to the last byte read, however slowly they come."""
KEPT_BYTES = 500


class Reply(NamedTuple):
    """What an endpoint answered. body: its first bytes."""

    status: int
    body: bytes
    retry_after: str


def post(target: Target, body: bytes, headers: dict[str, str]) -> Reply:
    """POST to the target. A redirect is an answer like any other; it is not followed.

    :raises Refused: the target's address is not public at this moment
    :raises OSError: nobody answered, in time or in HTTP
    """
    connection = _Pinned(target)
    overdue = threading.Timer(WHOLE_SECONDS, connection.break_off)
    overdue.daemon = True
    overdue.start()
    try:
        connection.request("POST", target.path, body, headers)
        answer = connection.getresponse()
        reply = Reply(answer.status, answer.read(KEPT_BYTES), answer.getheader("Retry-After", ""))
        connection.check()  # what was broken off may look like a short answer
        return reply
    except (http.client.HTTPException, ValueError) as error:
        raise OSError(f"What came back was no answer in HTTP: {type(error).__name__}.") from error
    finally:
        overdue.cancel()
        connection.close()


class _Pinned(http.client.HTTPConnection):
    """Connects to the address that was looked at, never to what the name may mean a moment later."""

    def __init__(self, target: Target) -> None:
        super().__init__(target.host, target.port, timeout=CONNECT_SECONDS)
        self._target = target
        self._broken_off = False
        self.default_port = 443 if target.scheme == "https" else 80  # left out of the Host header

    def connect(self) -> None:
        """As the standard library does, but resolving first, once."""
        address = resolved(self._target)
        plain = socket.create_connection((str(address), self._target.port), CONNECT_SECONDS)
        self.sock = plain
        plain.settimeout(WHOLE_SECONDS)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._target.scheme == "https":
            self.sock = _tls().wrap_socket(plain, server_hostname=self._target.host)
        self.check()

    def check(self) -> None:
        """Go on only within the time that there is.

        :raises TimeoutError: it is over
        """
        if self._broken_off:
            raise TimeoutError(f"Not done in {WHOLE_SECONDS:g} s.")

    def break_off(self) -> None:
        """The time is over: whoever waits for bytes gets none."""
        self._broken_off = True
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
