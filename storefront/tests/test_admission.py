"""Who is let in while more is asked than can be done."""

import heapq
from typing import Any, NamedTuple

import pytest

from storefront.calls import wire
from storefront.topology.admission import STANDING_SECONDS, WAITED, Admission, Queue

SENDER, SKEW = "10.0.0.7", 3.0
START = 1_700_000_000.0


@pytest.fixture
def queue() -> Queue:
    """One that tolerates 100 ms and knows its sender's clock."""
    queue = Queue(standing_seconds=0.1)
    queue.waited(SENDER, START - SKEW, now=START)
    return queue


def offered(queue: Queue, waits: list[float], *, every: float = 0.01) -> list[bool]:
    """Whether requests are let in that come one after the other and have waited so long."""
    return [queue.lets_in(waited, now=START + number * every) for number, waited in enumerate(waits)]


class TestWaited:
    def test_is_the_same_whatever_the_senders_clock_says(self, queue: Queue) -> None:
        queue.begin()

        assert queue.waited(SENDER, START - SKEW, now=START + 0.04) == pytest.approx(0.04)

    def test_is_nothing_while_this_process_is_idle(self, queue: Queue) -> None:
        assert queue.waited(SENDER, START - 60, now=START) == 0
        assert queue.waited(SENDER, START + 60, now=START) == 0

    def test_follows_a_clock_that_was_set(self, queue: Queue) -> None:
        queue.begin()
        assert queue.waited(SENDER, START - 60, now=START) == pytest.approx(60 - SKEW)
        queue.end(now=START)

        queue.waited(SENDER, START - 60, now=START + 1)
        queue.begin()

        assert queue.waited(SENDER, START - 59.9, now=START + 1.12) == pytest.approx(0.02)

    def test_of_an_unknown_sender_is_nothing(self, queue: Queue) -> None:
        queue.begin()

        assert queue.waited("10.0.0.8", START - 9, now=START) == 0


class TestAdmission:
    def test_a_burst_may_wait(self, queue: Queue) -> None:
        assert all(offered(queue, [0.0, 0.05, 0.2, 0.3, 0.4, 0.05, 0.0]))

    def test_a_queue_that_moves_on_is_no_overload(self, queue: Queue) -> None:
        assert all(offered(queue, [0.09] * 200))

    @pytest.mark.proves("R27")
    def test_a_standing_queue_is_emptied(self, queue: Queue) -> None:
        let_in = offered(queue, [0.3] * 100)

        standing = int(STANDING_SECONDS / 0.01) + 1
        assert let_in == [True] * standing + [False] * (100 - standing)

    def test_what_has_hardly_waited_is_done_even_then(self, queue: Queue) -> None:
        offered(queue, [0.3] * 100)

        assert queue.lets_in(0.02, now=START + 1)
        assert not queue.lets_in(0.03, now=START + 1)

    def test_it_is_over_when_something_comes_through_unqueued(self, queue: Queue) -> None:
        offered(queue, [0.3] * 100)
        queue.lets_in(0.001, now=START + 1)

        assert queue.lets_in(0.09, now=START + 1.01)


THREADS, SERVICE_SECONDS, REFUSAL_SECONDS = 4, 0.02, 0.0002
CAPACITY = THREADS / SERVICE_SECONDS
"""Requests a second."""


class Served(NamedTuple):
    """What became of one request, by a clock that nobody has to wait for."""

    sent_at: float
    waited: float
    ended_at: float
    is_let_in: bool


def served(queue: Queue, *loads: tuple[float, float]) -> list[Served]:
    """By so many threads, first come, first served. loads: requests a second, and for how many seconds."""
    free, came, begun_at = [0.0] * THREADS, list[Served](), 0.0
    for rate, seconds in loads:
        for number in range(int(rate * seconds)):
            sent_at = begun_at + number / rate
            now = max(sent_at, heapq.heappop(free))
            is_let_in = queue.lets_in(now - sent_at, now=START + now)
            ended_at = now + (SERVICE_SECONDS if is_let_in else REFUSAL_SECONDS)
            heapq.heappush(free, ended_at)
            came.append(Served(sent_at, now - sent_at, ended_at, is_let_in))
        begun_at += seconds
    return came


@pytest.mark.proves("R27")
class TestOverload:
    """Where to refuse takes a hundredth of what to serve takes."""

    @pytest.mark.parametrize("times", [2, 5, 10])
    def test_leaves_nine_tenths_of_what_can_be_done_at_all_done_in_time(self, queue: Queue, times: int) -> None:
        came = served(queue, (times * CAPACITY, 20))

        done = [each for each in came if each.is_let_in and 2 < each.ended_at <= 20]
        assert len(done) >= 0.9 * CAPACITY * 18
        assert max(each.waited for each in done) <= 0.1

    def test_is_over_a_second_after_it_ends(self, queue: Queue) -> None:
        came = served(queue, (10 * CAPACITY, 20), (0.8 * CAPACITY, 10))

        assert all(each.is_let_in and each.waited < 0.1 for each in came if each.sent_at > 21)

    def test_that_never_was_refuses_nobody(self, queue: Queue) -> None:
        assert all(each.is_let_in for each in served(queue, (0.95 * CAPACITY, 20)))


class TestTheDoor:
    @pytest.fixture
    def door(self, monkeypatch: pytest.MonkeyPatch) -> "Door":
        return Door(monkeypatch)

    def test_tells_how_long_a_request_has_waited(self, door: "Door") -> None:
        door.knock(HTTP_X_REQUEST_START=f"t={START - 0.02:.3f}")

        assert door.let_in[0][WAITED] == 0, "It is idle."

    @pytest.mark.parametrize("told", [{}, {"HTTP_X_REQUEST_START": "t=soon"}, {"HTTP_STOREFRONT_SENT_AT": "x"}])
    def test_lets_in_whoever_does_not_say_when(self, told: Any, door: "Door") -> None:
        assert door.knock(**told) == "200 OK"
        assert WAITED not in door.let_in[0]

    def test_turns_away_calls_and_public_requests_alike(self, door: "Door") -> None:
        door.overload()

        assert door.knock(HTTP_X_REQUEST_START=f"t={START - 1}") == "503 Service Unavailable"
        assert door.knock("/_call/cart/put", HTTP_STOREFRONT_SENT_AT=f"{START - 1:.0f}000") == "503 Service Unavailable"
        assert wire.problem_in(door.said).code == "unavailable"

    def test_never_turns_away_who_asks_how_it_is(self, door: "Door") -> None:
        door.overload()

        assert door.knock("/readyz", HTTP_X_REQUEST_START=f"t={START - 1}") == "200 OK"

    def test_may_be_left_open(self, door: "Door", monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(door.admission, "_is_on", False)
        door.overload()

        assert door.knock(HTTP_X_REQUEST_START=f"t={START - 1}") == "200 OK"


class Door:
    """An admission before an application that remembers whom it saw."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("storefront.topology.admission.time.time", lambda: START)
        self.let_in: list[dict[str, Any]] = []
        self.admission = Admission(self._application, queue_ms=100)
        self.said = b""

    def _application(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.let_in.append(environ)
        start_response("200 OK", [])
        return [b""]

    def overload(self) -> None:
        """Somebody is at work, and has been for long."""
        queue = self.admission._queue
        queue.waited("", START, now=START)
        queue.begin()
        queue.is_overloaded = True

    def knock(self, path: str = "/api/v1/products", **told: str) -> str:
        statuses: list[str] = []
        environ = {"PATH_INFO": path, "REMOTE_ADDR": "", **told}
        self.said = b"".join(self.admission(environ, lambda status, _headers: statuses.append(status)))
        return statuses[0]
