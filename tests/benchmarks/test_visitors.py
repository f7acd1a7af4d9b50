"""Visitors come when it is their time, whether or not those before them are served."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from benchmarks.journey import expect
from benchmarks.visitors import Stream, come, visits
from benchmarks.wire import Journey, request

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
GONE = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
AT_ONCE = 3


class Counter:
    """A shop that serves nobody before three wait, and has `/mug` and nothing else."""

    def __init__(self, listener: socket.socket) -> None:
        self.connections = 0
        self._listener, self._gate = listener, threading.Barrier(AT_ONCE)

    def open(self) -> None:
        """Serve whoever connects, each on a thread."""
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # the test is over
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            while asked := client.recv(4096):
                self._gate.wait(60)
                client.sendall(OK if asked.startswith(b"GET /mug ") else GONE)


@pytest.fixture
def counter() -> Iterator[tuple[Counter, str]]:
    """The shop, and where it is."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        shop = Counter(listener)
        threading.Thread(target=shop.open, daemon=True).start()
        yield shop, f"http://127.0.0.1:{listener.getsockname()[1]}"


def looking_at(path: str) -> Callable[[], Journey]:
    def look() -> Journey:
        expect(200, (yield request("GET", path, host="shop")))

    return look


class TestVisits:
    def test_of_each_stream_are_even_and_all_are_in_order(self) -> None:
        assert [(visit.at, visit.stream) for visit in visits([2, 1], seconds=2)] == [
            (0.0, 0), (0.0, 1), (0.5, 0), (1.0, 0), (1.0, 1), (1.5, 0),
        ]


class TestVisitors:
    def test_do_not_wait_for_those_before_them(self, counter: tuple[Counter, str]) -> None:
        shop, origin = counter

        (tally,) = come(origin, [Stream(looking_at("/mug"), 10)], seconds=0.3, connections=1)

        assert len(tally.durations) == shop.connections == AT_ONCE
        assert max(tally.durations) >= 0.2, "who came first waited until the third came"

    def test_are_counted_by_stream(self, counter: tuple[Counter, str]) -> None:
        _, origin = counter

        well, lost = come(
            origin, [Stream(looking_at("/mug"), 40), Stream(looking_at("/cup"), 20)], seconds=0.3, connections=6
        )

        assert (len(well.durations), well.failures) == (12, {})
        assert (len(lost.durations), lost.failures) == (0, {"404 ": 6})
