"""Requests that arrive at a rate, whether or not earlier ones are answered: as a crowd does, and no client in a loop.

Each says, as the gateway would, when it was sent and how long its client waits.
"""

import selectors
import socket
import time
from collections import deque
from collections.abc import Callable
from urllib.parse import urlsplit

import msgspec

from benchmarks.report import percentile
from benchmarks.wire import parsed

SHED = (429, 503)
DRAIN_SECONDS = 5.0
MOST_CONNECTIONS = 900


class Offered(msgspec.Struct, kw_only=True):
    """What became of a load. Milliseconds from the moment of arrival; rates per second."""

    rate: float
    goodput: float
    """Done within the client's patience."""
    done_p50: float
    done_p99: float
    shed: int
    shed_p50: float
    shed_p99: float
    late: int
    """Done, after the client had left."""
    failed: int
    """Neither done nor told that nothing was done."""


class _Client:
    """One kept connection."""

    def __init__(self, origin: str) -> None:
        where = urlsplit(origin)
        self.socket = socket.create_connection((where.hostname or "", where.port or 80), DRAIN_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.arrived_at = 0.0
        self.buffer = b""

    def send(self, request: bytes, *, arrived_at: float, patience_ms: int) -> None:
        """Send it as the gateway would have at `arrived_at`, on the clock of `time.perf_counter`."""
        self.arrived_at, self.buffer = arrived_at, b""
        since = time.time() - (time.perf_counter() - arrived_at)
        first, _, rest = request.partition(b"\r\n")
        told = f"\r\nX-Request-Start: t={since:.3f}\r\nDeadline-Ms: {patience_ms}\r\n".encode()
        self.socket.sendall(first + told + rest)

    def status(self) -> int:
        """That of the answer once it is here as a whole; 0 before, and -1 if there will be none."""
        part = self.socket.recv(262_144)
        self.buffer += part
        answer = parsed(self.buffer)
        return answer.status if answer else 0 if part else -1


class Crowd:
    """Sends at a rate and takes what comes back."""

    def __init__(self, origin: str, request: Callable[[], bytes], *, patience_ms: int = 1000) -> None:
        self._origin, self._request, self._patience_ms = origin, request, patience_ms
        self._selector = selectors.DefaultSelector()
        self._idle: deque[_Client] = deque()
        self._answers: list[tuple[int, float]] = []

    def come(self, rate: float, *, seconds: float) -> Offered:
        """So many a second, evenly, for so long; then wait for the last answers."""
        began_at, count = time.perf_counter(), int(rate * seconds)
        for number in range(count):
            arrives_at = began_at + number / rate
            self._take_answers_until(arrives_at)
            self._send(arrives_at)
        took = time.perf_counter() - began_at
        give_up_at = time.perf_counter() + DRAIN_SECONDS
        while self._selector.get_map() and time.perf_counter() < give_up_at:
            self._take_answers_until(time.perf_counter() + 0.05)
        unanswered = len(self._selector.get_map())
        self._close()
        return self._told(took, unanswered)

    def _send(self, arrived_at: float) -> None:
        if not self._idle and len(self._selector.get_map()) >= MOST_CONNECTIONS:
            self._answers.append((-1, 0.0))
            return
        client = self._idle.pop() if self._idle else _Client(self._origin)
        client.send(self._request(), arrived_at=arrived_at, patience_ms=self._patience_ms)
        self._selector.register(client.socket, selectors.EVENT_READ, client)

    def _take_answers_until(self, instant: float) -> None:
        while True:
            left = instant - time.perf_counter()
            for key, _ in self._selector.select(max(0.0, left)):
                self._take(key.data)
            if left <= 0:
                return

    def _take(self, client: _Client) -> None:
        status = client.status()
        if not status:
            return
        self._selector.unregister(client.socket)
        self._answers.append((status, time.perf_counter() - client.arrived_at))
        if status > 0:
            self._idle.append(client)
        else:
            client.socket.close()

    def _close(self) -> None:
        for client in (*self._idle, *(key.data for key in list(self._selector.get_map().values()))):
            client.socket.close()
        self._selector.close()

    def _told(self, seconds: float, unanswered: int) -> Offered:
        done = [took for status, took in self._answers if 200 <= status < 300]
        shed = [took for status, took in self._answers if status in SHED]
        in_time = sum(took * 1000 <= self._patience_ms for took in done)
        return Offered(
            rate=round((len(self._answers) + unanswered) / seconds, 1), goodput=round(in_time / seconds, 1),
            done_p50=percentile(done, 50), done_p99=percentile(done, 99), shed=len(shed), shed_p50=percentile(shed, 50),
            shed_p99=percentile(shed, 99), late=len(done) - in_time,
            failed=len(self._answers) - len(done) - len(shed) + unanswered,
        )
