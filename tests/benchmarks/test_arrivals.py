"""The crowd counts what is done, what is turned away and what is neither."""

import itertools
import socket
from collections.abc import Callable
from threading import Thread

import pytest

from benchmarks.arrivals import Crowd, Offered
from benchmarks.overload import misses, table
from benchmarks.wire import request

OK = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"
SHED = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def origin_of() -> Callable[[list[bytes]], str]:
    """A server that gives these answers in turn, on any connection."""

    def serve(answers: list[bytes]) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        turns = itertools.cycle(answers)

        def talk(connection: socket.socket) -> None:
            with connection:
                while b"Deadline-Ms: 1000" in connection.recv(65_536):
                    connection.sendall(next(turns))

        def listen() -> None:
            with listener:
                while True:
                    Thread(target=talk, args=(listener.accept()[0],), daemon=True).start()

        Thread(target=listen, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    return serve


def come(origin: str) -> Offered:
    return Crowd(origin, lambda: request("GET", "/", host="shop")).come(200, seconds=0.2)


class TestCrowd:
    def test_counts_what_is_done_and_what_is_turned_away(self, origin_of: Callable[[list[bytes]], str]) -> None:
        offered = come(origin_of([OK, SHED, SHED, SHED]))

        assert (offered.shed, offered.failed, offered.late) == (30, 0, 0)
        assert offered.goodput > 0

    def test_counts_what_is_neither(self, origin_of: Callable[[list[bytes]], str]) -> None:
        offered = come(origin_of([b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"]))

        assert (offered.shed, offered.failed, offered.goodput) == (0, 40, 0)


class TestMisses:
    GOOD = Offered(
        rate=300, goodput=81, done_p50=1, done_p99=1, shed=1, shed_p50=50, shed_p99=90, late=0, failed=0
    )

    def test_are_none_when_every_target_is_reached(self) -> None:
        assert misses(100, self.GOOD) == []

    @pytest.mark.parametrize("change", [{"goodput": 79.0}, {"shed_p50": 51.0}, {"failed": 1}])
    def test_tell_what_was_not_reached(self, change: dict[str, float]) -> None:
        values = {name: getattr(self.GOOD, name) for name in self.GOOD.__struct_fields__}

        assert len(misses(100, Offered(**values | change))) == 1

    def test_the_table_has_a_line_for_each_load(self) -> None:
        assert len(table(100, [self.GOOD, self.GOOD]).splitlines()) == 4
