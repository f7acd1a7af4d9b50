"""Kept connections to one process. The standard library's client: a hop through httpx2 takes twice as long.

Measured over one local connection to granian, p50: http.client 0.19 ms, urllib3 0.28 ms, httpx2 0.43 ms.
"""

import select
import socket
import time
from collections import deque
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import NamedTuple
from urllib.parse import urlsplit

CONNECT_SECONDS = 1.0
IDLE_SECONDS = 20.0
"""Connections that rested longer are not used again: servers close them, granian after 30 s."""


class NotSent(Exception):
    """The request certainly did not reach the other side."""


class NoTimeToConnect(NotSent):
    """The time was over, or nearly, before there was a connection."""


class Lost(Exception):
    """The request was sent, at least in part, and no whole answer came."""


class TooSlow(Lost):
    """The time was over before the answer came."""


class Reply(NamedTuple):
    """What came back."""

    status: int
    headers: HTTPResponse
    """Asked by `getheader(name)`."""
    body: bytes


class Connections:
    """To one process; shared by all threads. The last used goes out first, so those not needed grow old."""

    def __init__(self, url: str) -> None:
        where = urlsplit(url)
        self._kind = HTTPSConnection if where.scheme == "https" else HTTPConnection
        self._host, self._port = where.hostname or "", where.port
        self._prefix = where.path.rstrip("/")
        self._idle: deque[tuple[HTTPConnection, float]] = deque()

    def exchange(self, method: str, path: str, body: bytes, headers: dict[str, str], *, until: float) -> Reply:
        """Send a request and wait for its answer. until: on the monotonic clock.

        A kept connection may be closed by the other side just as it is used again. Then no byte of an answer comes
        back, and the request goes out once more on a fresh connection. It may have arrived the first time: harmless,
        because a command answers its key again, and a query changes nothing.

        :raises NotSent: no connection came about
        :raises TooSlow: the time was over
        :raises Lost: the connection broke
        """
        kept = self._kept()
        if kept is None:
            return self._on(self._fresh(until), method, path, body, headers, until=until)
        try:
            return self._on(kept, method, path, body, headers, until=until)
        except TooSlow:
            raise
        except Lost as lost:
            self.close()  # the server was started anew: its other connections are gone too
            return self._again(lost, method, path, body, headers, until=until)

    def _again(
        self, lost: Lost, method: str, path: str, body: bytes, headers: dict[str, str], *, until: float
    ) -> Reply:
        try:
            fresh = self._fresh(until)
        except NotSent as error:
            raise lost from error  # not this time, but perhaps the first time
        return self._on(fresh, method, path, body, headers, until=until)

    def close(self) -> None:
        """Give up all connections that rest."""
        while self._idle:
            try:
                self._idle.pop()[0].close()
            except IndexError:  # another thread was quicker
                return

    def _kept(self) -> HTTPConnection | None:
        while self._idle:
            try:
                connection, rested_at = self._idle.pop()
            except IndexError:
                return None
            if time.monotonic() - rested_at < IDLE_SECONDS and not _has_something_to_read(connection.sock):
                return connection
            connection.close()
        return None

    def _fresh(self, until: float) -> HTTPConnection:
        seconds = min(CONNECT_SECONDS, until - time.monotonic())
        if seconds <= 0:
            raise NoTimeToConnect("No time is left to connect.")
        connection = self._kind(self._host, self._port, timeout=seconds)
        try:
            connection.connect()
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except TimeoutError as error:
            connection.close()
            raise NoTimeToConnect(f"{self._host}:{self._port}: no connection within {seconds:.3f} s.") from error
        except OSError as error:
            connection.close()
            raise NotSent(f"{self._host}:{self._port}: {error}") from error
        return connection

    def _on(
        self, connection: HTTPConnection, method: str, path: str, body: bytes, headers: dict[str, str], *, until: float
    ) -> Reply:
        try:
            connection.sock.settimeout(max(0.001, until - time.monotonic()))
            connection.request(method, self._prefix + path, body, headers)
            found = connection.getresponse()
            reply = Reply(found.status, found, found.read())
        except TimeoutError as error:
            connection.close()
            raise TooSlow("No answer came in time.") from error
        except (OSError, HTTPException) as error:
            connection.close()
            raise Lost(f"{type(error).__name__}: {error}") from error
        if found.will_close:
            connection.close()
        else:
            self._idle.append((connection, time.monotonic()))
        return reply


def _has_something_to_read(resting: socket.socket) -> bool:
    """Nobody was asked anything, so what there is to read is the end of the connection."""
    poll = select.poll()
    poll.register(resting, select.POLLIN)
    return bool(poll.poll(0))
