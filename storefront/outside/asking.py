"""One request to a server that somebody else has named: to the address that was looked at, once, and not for long."""

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache

from storefront.outside import target as looking
from storefront.outside.target import Rules, Target

CONNECT_SECONDS = 5.0


class Pinned(http.client.HTTPConnection):
    """Connects to the address that was looked at, never to what the name may mean a moment later."""

    def __init__(self, target: Target, rules: Rules, *, seconds: float) -> None:
        super().__init__(target.host, target.port, timeout=CONNECT_SECONDS)
        self._target, self._rules, self._seconds = target, rules, seconds
        self.path = target.path
        self._broken_off = False
        self.default_port = 443 if target.scheme == "https" else 80  # left out of the Host header

    def connect(self) -> None:
        """As the standard library does, but resolving first, once."""
        address = looking.resolved(self._target, self._rules)
        plain = socket.create_connection((str(address), self._target.port), CONNECT_SECONDS)
        self.sock = plain
        plain.settimeout(self._seconds)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._target.scheme == "https":
            self.sock = _tls().wrap_socket(plain, server_hostname=self._target.host)
        self.check()

    def check(self) -> None:
        """Go on only within the time that there is.

        :raises TimeoutError: it is over
        """
        if self._broken_off:
            raise TimeoutError(f"Not done in {self._seconds:g} s.")

    def break_off(self) -> None:
        """The time is over: whoever waits for bytes gets none."""
        self._broken_off = True
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)


@contextmanager
def answered(
    method: str, target: Target, rules: Rules, *, seconds: float, body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Iterator[http.client.HTTPResponse]:
    """What the server answers, to be read before the block ends. A redirect is an answer like any other.

    seconds: from the first byte sent to the last byte read, however slowly they come.

    :raises Refused: the target's address is not public at this moment
    :raises OSError: nobody answered, in time or in HTTP
    """
    connection = Pinned(target, rules, seconds=seconds)
    overdue = threading.Timer(seconds, connection.break_off)
    overdue.daemon = True
    overdue.start()
    try:
        yield _begun(connection, method, body, headers or {})
        connection.check()  # what was broken off may look like a short answer
    except http.client.HTTPException as error:
        raise _no_answer(error) from error
    finally:
        overdue.cancel()
        connection.close()


def _begun(
    connection: Pinned, method: str, body: bytes | None, headers: Mapping[str, str]
) -> http.client.HTTPResponse:
    try:
        connection.request(method, connection.path, body, dict(headers))
        return connection.getresponse()
    except ValueError as error:  # numbers that are none
        raise _no_answer(error) from error


def _no_answer(error: Exception) -> OSError:
    return OSError(f"What came back was no answer in HTTP: {type(error).__name__}.")


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
