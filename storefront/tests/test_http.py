"""Calls over HTTP: the laws hold between processes, and what the network does is told apart."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import connections

from storefront.calls import callee
from storefront.calls.breaker import FAILURES
from storefront.calls.carrier import AnswerLost, CommandFailed, QueryFailed
from storefront.calls.connection import Connections, NotSent
from storefront.calls.deadline import remaining, within
from storefront.calls.outsider import REST_SECONDS, Resting, rest_of
from storefront.calls.pipeline import was_replayed
from storefront.calls.provider import PROVIDERS
from storefront.interface import (
    DeadlineExceeded,
    KeyReused,
    MalformedCall,
    OutcomeUnknown,
    Unavailable,
    connect,
)
from storefront.testing.world import World
from storefront.tests import neighbour
from storefront.tests.toy import MODULE, Basket, Grower, Orchard, Rotten, planted
from storefront.topology.plan import Process, Topology

orchard = connect(Orchard)
Move = Callable[[str], None]


@pytest.fixture
def grower() -> Iterator[Grower]:
    with planted() as grower:
        yield grower


@pytest.fixture
def move(settings: Any, grower: Grower) -> Iterator[Move]:
    """Say where the toy's module is; this process is the rest of the shop."""
    here = Process("shop", tuple(sorted({*settings.STOREFRONT_MODULES} - {MODULE})), "http://127.0.0.1:9")

    def moved(url: str) -> None:
        settings.STOREFRONT_TOPOLOGY = Topology("two", "http", (here, Process("orchard", (MODULE,), url)))
        settings.STOREFRONT_PROCESS = here

    callee.forget()
    yield moved
    callee.forget()


@pytest.fixture
def url(committed_world: World, move: Move) -> Iterator[str]:
    """The toy's module in a process that works."""
    with neighbour.serving() as url:
        move(url)
        yield url


def count() -> tuple[Basket, ...]:
    return orchard.count(fruits=("APPLE",))


def pick(key: str, fruit: str = "APPLE") -> Basket:
    return orchard.pick(key=key, fruit=fruit, pieces=3)


class TestACallOverHttp:
    def test_brings_the_answer(self, url: str) -> None:
        assert pick("over") == Basket(fruit="APPLE", pieces=3)
        assert count() == (Basket(fruit="APPLE", pieces=1),)

    def test_answers_the_same_key_again(self, url: str, grower: Grower) -> None:
        first, fresh = pick("twice"), was_replayed()

        assert (pick("twice"), fresh, was_replayed()) == (first, False, True)
        assert grower.picked == ["APPLE"]

    def test_brings_a_refusal_with_its_type_and_facts(self, url: str, grower: Grower) -> None:
        for replayed in (False, True):
            with pytest.raises(Rotten, match="BAD-APPLE is rotten") as refused:
                pick("rotten", "BAD-APPLE")
            assert (refused.value.fruit, refused.value.is_replayed) == ("BAD-APPLE", replayed)

        assert grower.picked == ["BAD-APPLE"]

    @pytest.mark.parametrize("key", ["Schlüssel", "two words", "line\nbreak", "鍵"])
    def test_takes_any_key(self, key: str, url: str, grower: Grower) -> None:
        assert pick(key) == pick(key)
        assert grower.picked == ["APPLE"]

    def test_brings_the_platforms_own_refusals(self, url: str) -> None:
        pick("reused")

        with pytest.raises(KeyReused):
            pick("reused", "PEAR")

    def test_brings_a_broken_contract(self, url: str) -> None:
        with pytest.raises(MalformedCall, match=r"^payments\.pick does not declare Undeclared"):
            pick("undeclared", "ODD-APPLE")

    def test_keeps_its_connection(self, url: str) -> None:
        count()
        kept = [connection for connection, _ in callee.callee_of(_process(url)).connections._idle]
        count()

        assert kept == [connection for connection, _ in callee.callee_of(_process(url)).connections._idle]
        assert len(kept) == 1

    def test_is_retried_while_it_was_certainly_not_executed(self, url: str, grower: Grower) -> None:
        with pytest.raises(Unavailable):
            pick("lost", "LOST-APPLE")

        assert grower.picked == ["LOST-APPLE"] * 3

    def test_brings_that_an_outsider_rests_and_is_not_retried(self, url: str, grower: Grower) -> None:
        grower.outside = raising(Resting("The bank has not answered lately."))

        with pytest.raises(Resting, match="has not answered lately") as told:
            orchard.inspect(key="resting", fruit="APPLE")

        assert rest_of(told.value) == REST_SECONDS
        assert grower.picked == ["APPLE"]

    @pytest.mark.parametrize("kind", [Unavailable, OutcomeUnknown])
    def test_brings_it_also_in_the_words_of_the_callee(
        self, kind: type[Exception], url: str, grower: Grower
    ) -> None:
        grower.outside = raising(kind("Ask later."), because=Resting("The bank has not answered lately."))

        with pytest.raises(kind, match="Ask later") as told:
            orchard.inspect(key="resting", fruit="APPLE")

        assert rest_of(told.value) == REST_SECONDS
        assert grower.picked == ["APPLE"]

    def test_brings_a_bug_as_such_and_is_not_retried(
        self, url: str, grower: Grower, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        broken = Mock(side_effect=ZeroDivisionError)
        for name in ("pick", "count"):
            monkeypatch.setattr(PROVIDERS[MODULE].bodies[name], "function", broken)

        with pytest.raises(CommandFailed, match=r"payments\.pick: the log of its process") as command:
            pick("broken")
        with pytest.raises(QueryFailed, match=r"payments\.count: the log of its process") as query:
            count()

        assert broken.call_count == 2
        assert isinstance(command.value, OutcomeUnknown)
        assert isinstance(query.value, Unavailable)
        assert callee.callee_of(_process(url)).breaker.state == "closed"

    def test_a_module_that_nobody_provides_is_unavailable(
        self, settings: Any, move: Move, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        move("http://127.0.0.1:9")
        settings.STOREFRONT_TOPOLOGY = settings.STOREFRONT_TOPOLOGY._replace(processes=(settings.STOREFRONT_PROCESS,))
        monkeypatch.delitem(PROVIDERS, MODULE)

        with pytest.raises(Unavailable, match="Nobody"):
            count()


class TestTheDeadline:
    def test_travels(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[float | None] = []

        def look(**_: object) -> tuple[Basket, ...]:
            seen.append(remaining())
            return ()

        monkeypatch.setattr(PROVIDERS[MODULE].bodies["count"], "function", look)

        with within(5):
            count()

        assert 0 < (seen[0] or 0) <= 5

    def test_that_has_passed_sends_nothing(self, url: str, grower: Grower) -> None:
        with within(0.001):
            time.sleep(0.002)
            with pytest.raises(DeadlineExceeded):
                pick("late")

        assert grower.picked == []


class TestFaults:
    """What the network does to a query, and to a command."""

    def test_no_connection_is_unavailable(self, move: Move) -> None:
        move("http://127.0.0.1:9")

        with pytest.raises(Unavailable, match="refused"):
            count()
        with pytest.raises(Unavailable):
            pick("refused")

    @pytest.mark.parametrize(
        "manner",
        [
            neighbour.hang_up,
            neighbour.say(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"),
            neighbour.say(b"SSH-2.0-OpenSSH\r\n"),
        ],
    )
    def test_a_connection_that_breaks_leaves_a_command_unknown(self, manner: Any, move: Move) -> None:
        with neighbour.behaving(manner) as url:
            move(url)
            with pytest.raises(AnswerLost):
                pick("broken")
            with pytest.raises(Unavailable):
                count()

    def test_silence_leaves_a_command_unknown(self, move: Move) -> None:
        with neighbour.behaving(neighbour.stay_silent) as url:
            move(url)
            with within(1), pytest.raises(OutcomeUnknown):
                pick("silence")
            with within(0.1), pytest.raises(Unavailable):
                count()

    @pytest.mark.parametrize("status", [b"502 Bad Gateway", b"503 Service Unavailable", b"504 Gateway Timeout"])
    def test_a_proxys_error_leaves_a_command_unknown(self, status: bytes, move: Move) -> None:
        answer = b"HTTP/1.1 " + status + b"\r\nContent-Length: 4\r\nConnection: close\r\n\r\noops"
        with neighbour.behaving(neighbour.say(answer)) as url:
            move(url)
            with pytest.raises(OutcomeUnknown):
                pick("proxy")
            with pytest.raises(Unavailable):
                count()

    def test_a_proxys_limit_was_not_passed_on(self, move: Move) -> None:
        answer = b"HTTP/1.1 429 Too Many\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        with neighbour.behaving(neighbour.say(answer)) as url:
            move(url)
            with pytest.raises(Unavailable):
                pick("limited")

    def test_a_lost_answer_is_found_out_with_the_same_key(self, url: str, move: Move, grower: Grower) -> None:
        with neighbour.behaving(
            neighbour.pass_on(url, answers=False), neighbour.pass_on(url, answers=True)
        ) as lossy:
            move(lossy)

            answer = pick("answer-lost")

        assert answer == Basket(fruit="APPLE", pieces=3)
        assert was_replayed()
        assert grower.picked == ["APPLE"]

    def test_a_kept_connection_that_was_closed_meanwhile_is_no_fault(self, url: str, move: Move) -> None:
        def once_then_close(connection: Any) -> None:
            neighbour.pass_on(url, answers=True)(connection)

        with neighbour.behaving(once_then_close) as closing:
            move(closing)
            for number in range(3):
                pick(f"stale-{number}")

    def test_a_kept_connection_that_breaks_for_good_leaves_a_command_unknown(
        self, move: Move, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        body = b'{"fruit":"APPLE","pieces":3}'
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)

        def refused(*_: object) -> None:
            raise NotSent("Connection refused.")

        with neighbour.behaving(neighbour.say_then_hang_up(answer)) as dying:
            move(dying)
            pick("before")
            monkeypatch.setattr(Connections, "_fresh", refused)
            with pytest.raises(AnswerLost):
                pick("after")

    def test_an_answer_of_another_shape_is_not_believed(self, move: Move) -> None:
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\n[1]"
        with neighbour.behaving(neighbour.say(answer)) as url:
            move(url)
            with pytest.raises(OutcomeUnknown):
                pick("shape")
            with pytest.raises(Unavailable):
                count()


class TestTheBreaker:
    @pytest.mark.proves("R12")
    def test_opens_after_failures_in_a_row_and_closes_after_a_probe(self, url: str, move: Move) -> None:
        moved = _process(url)
        breaker = callee.callee_of(moved).breaker
        for _ in range(FAILURES):
            breaker.failed()

        with within(10), pytest.raises(Unavailable, match="not answered lately"):
            count()
        assert breaker.state == "open"
        breaker._opens_again_at = time.monotonic()
        count()

        assert breaker.state == "closed"

    def test_takes_refusals_for_answers(self, url: str) -> None:
        for number in range(FAILURES + 1):
            with pytest.raises(Rotten):
                pick(f"rotten-{number}", "BAD-APPLE")

        assert callee.callee_of(_process(url)).breaker.state == "closed"

    def test_counts_connections_that_do_not_come_about(self, move: Move) -> None:
        move("http://127.0.0.1:9")
        for _ in range(FAILURES):
            with pytest.raises(Unavailable):
                count()

        assert callee.callee_of(_process("http://127.0.0.1:9")).breaker.state == "open"


class TestTheCapOfCalls:
    def test_refuses_at_once_what_would_be_one_too_many(self, settings: Any, move: Move) -> None:
        settings.STOREFRONT_CALLS_SENT = 1
        with neighbour.behaving(neighbour.stay_silent) as url:
            move(url)
            slow = threading.Thread(target=_ask_in_vain)
            slow.start()
            _until(lambda: callee.callee_of(_process(url)).under_way == 1)

            with within(10), pytest.raises(Unavailable, match="under way already"):
                count()

            slow.join()


def raising(error: Exception, *, because: Exception | None = None) -> Callable[[], None]:
    def away() -> None:
        raise error from because

    return away


def _ask_in_vain() -> None:
    with pytest.raises(Unavailable):
        count()
    connections.close_all()


def _until(happened: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + 10
    while not happened() and time.monotonic() < give_up_at:
        time.sleep(0.005)
    assert happened()


def _process(url: str) -> Process:
    return Process("orchard", (MODULE,), url)
