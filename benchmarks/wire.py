"""HTTP/1.1 as cheap as it gets: prebuilt requests over kept connections, one thread for all clients.

The driver shares its cores with the server it measures, so it must not be what is measured.
"""

import re
import selectors
import socket
import time
from collections.abc import Callable, Generator
from typing import NamedTuple
from urllib.parse import urlsplit

PATIENCE_SECONDS = 60.0

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


class Answer(NamedTuple):
    """What the server said."""

    status: int
    body: bytes


class Unexpected(Exception):
    """An operation met an answer that it cannot go on with."""


Journey = Generator[bytes, Answer, None]
"""One operation of one client: yields requests, is sent their answers, and ends."""


class Tally:
    """What a load came to. Durations in seconds, in the order of their ends."""

    def __init__(self) -> None:
        self.durations: list[float] = []
        self.requests: dict[int, list[float]] = {}
        """The same for each request of an operation, by its place."""
        self.failures: dict[str, int] = {}
        self.seconds = 0.0


def request(method: str, target: str, *, host: str, body: bytes | None = None, key: str = "") -> bytes:
    """A request in bytes. key: the Idempotency-Key, if any."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    if key:
        lines.append(f"Idempotency-Key: {key}")
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


class Client:
    """One kept connection, in the middle of one operation after another."""

    def __init__(self, origin: str, begin: Callable[[], Journey], tally: Tally) -> None:
        where = urlsplit(origin)
        self.socket = socket.create_connection((where.hostname or "", where.port or 80), PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.begin, self.tally = begin, tally
        self.start()

    def start(self) -> None:
        """Begin the next operation."""
        self.place, self.buffer, self.journey = 0, b"", self.begin()
        self.began_at = self.sent_at = time.perf_counter()
        self.socket.sendall(next(self.journey))

    def receive(self) -> bool:
        """Take what has arrived, and go on. Returns whether an operation has ended."""
        part = self.socket.recv(262_144)
        if not part:
            raise ConnectionError("The server closed a kept connection.")
        self.buffer += part
        answer = parsed(self.buffer)
        return answer is not None and self._go_on(answer)

    def _go_on(self, answer: Answer) -> bool:
        now, self.buffer = time.perf_counter(), b""
        self.tally.requests.setdefault(self.place, []).append(now - self.sent_at)
        try:
            following = self.journey.send(answer)
        except StopIteration:
            self.tally.durations.append(now - self.began_at)
            return True
        except Unexpected as failure:
            self.tally.failures[str(failure)] = self.tally.failures.get(str(failure), 0) + 1
            return True
        self.place, self.sent_at = self.place + 1, time.perf_counter()
        self.socket.sendall(following)
        return False


def parsed(data: bytes) -> Answer | None:
    """The answer in `data`, or None while a part of it is missing."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    found = _LENGTH.search(data, 0, end + 2)
    length = int(found[1]) if found else 0
    if len(data) < end + 4 + length:
        return None
    return Answer(int(data[9:12]), data[end + 4 :])


def drive(origin: str, begin: Callable[[], Journey], *, clients: int, seconds: float = 0, count: int = 0) -> Tally:
    """Keep `clients` busy for `seconds`, or until `count` operations have ended; those under way are finished."""
    tally = Tally()
    selector = selectors.DefaultSelector()
    for _ in range(min(clients, count or clients)):
        client = Client(origin, begin, tally)
        selector.register(client.socket, selectors.EVENT_READ, client)
    left = (count or 2**62) - len(selector.get_map())
    began_at = time.perf_counter()
    ends_at = began_at + (seconds or 2**31)
    while selector.get_map():
        ready = selector.select(PATIENCE_SECONDS)
        if not ready:
            raise TimeoutError(f"The server was silent for {PATIENCE_SECONDS:.0f} s.")
        for key, _ in ready:
            client = key.data
            if not client.receive():
                continue
            if left > 0 and time.perf_counter() < ends_at:
                left -= 1
                client.start()
            else:
                selector.unregister(client.socket)
                client.socket.close()
    tally.seconds = time.perf_counter() - began_at
    selector.close()
    return tally
