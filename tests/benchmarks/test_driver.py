"""The driver measures what the server says, whole answers only, and counts what went wrong."""

import socket
import threading
from collections.abc import Iterator

import pytest

from benchmarks.journey import expect
from benchmarks.report import Measured, median, missed, percentile, table
from benchmarks.wire import Answer, Journey, Tally, drive, parsed, request

MUG = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 16\r\n\r\n{"id":"prd_MUG"}'
GONE = b'HTTP/1.1 404 Not Found\r\nContent-Length: 20\r\n\r\n{"code":"not_found"}'


@pytest.fixture
def origin() -> Iterator[str]:
    """A server that has `/mug` and nothing else, and sends its answers in two parts."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept, args=(listener,), daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def _accept(listener: socket.socket) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:  # the test is over
            return
        threading.Thread(target=_serve, args=(client,), daemon=True).start()


def _serve(client: socket.socket) -> None:
    with client:
        while asked := client.recv(4096):
            answer = MUG if asked.startswith(b"GET /mug ") else GONE
            client.sendall(answer[:30])
            client.sendall(answer[30:])


def look_at(path: str) -> Journey:
    """Ask twice for what should be there."""
    for _ in range(2):
        assert expect(200, (yield request("GET", path, host="shop"))) == "prd_MUG"


class TestDriving:
    def test_does_as_many_operations_as_asked_for(self, origin: str) -> None:
        tally = drive(origin, lambda: look_at("/mug"), clients=3, count=10)

        assert len(tally.durations) == 10
        assert {place: len(each) for place, each in tally.requests.items()} == {0: 10, 1: 10}
        assert tally.failures == {}

    def test_stops_after_its_time(self, origin: str) -> None:
        tally = drive(origin, lambda: look_at("/mug"), clients=2, seconds=0.1)

        assert 0.1 <= tally.seconds < 5
        assert tally.durations

    def test_counts_what_was_refused_by_status_and_code(self, origin: str) -> None:
        tally = drive(origin, lambda: look_at("/cup"), clients=2, count=4)

        assert tally.failures == {"404 not_found": 4}
        assert tally.durations == []


class TestAnswers:
    @pytest.mark.parametrize("missing", [1, 16, 17, 40])
    def test_a_part_is_no_answer_yet(self, missing: int) -> None:
        assert parsed(MUG[:-missing]) is None

    def test_a_whole_one_has_its_status_and_body(self) -> None:
        assert parsed(GONE) == Answer(404, b'{"code":"not_found"}')


class TestFigures:
    def test_percentiles_are_in_milliseconds(self) -> None:
        assert percentile([0.004, 0.001, 0.002, 0.003], 50) == 3.0
        assert percentile([0.001] * 99 + [1.0], 99) == 1000.0
        assert percentile([], 99) == 0.0

    def test_the_median_of_runs_is_taken_figure_by_figure(self) -> None:
        figures = ((30.0, 7.0), (10.0, 5.0), (20.0, 6.0))

        found = median([Measured(name="list", rate=rate, p50=p50, p95=2.0, p99=3.0) for rate, p50 in figures])

        assert (found.rate, found.p50) == (20.0, 6.0)

    def test_the_table_leaves_out_what_nobody_measured(self) -> None:
        tally = Tally()
        tally.durations, tally.seconds = [0.001] * 1600, 2.0

        shown = table([Measured.of("list", tally)])

        assert "server CPU ms" not in shown
        assert shown.splitlines()[2].replace("|", "").split() == ["list", "800", "800", "1.00", "1.00", "1.00"]

    def test_what_is_not_reached_is_named(self) -> None:
        slow = Measured(name="order", rate=39.0, p50=200.0, p95=300.0, p99=401.0)
        swift = Measured(name="list", rate=800.0, p50=5.0, p95=6.0, p99=7.0)

        found = missed([slow, swift])

        assert found == ["order: 39 per second, 40 wanted", "order: p99 401 ms, 400 wanted"]
