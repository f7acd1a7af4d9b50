"""A wire loses, repeats and delays whole requests, as it is told to, and is good otherwise."""

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from storefront.testing.faults.plan import Rates
from storefront.testing.faults.wire import HOST, Wires, wires

PATIENCE_SECONDS = 30.0
SEED = "behind"
"""By it the first request that is late is so by 3.3 seconds."""


class Server(ThreadingHTTPServer):
    """Counts what it is asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__((HOST, 0), Answering)
        self.asked: list[str] = []


class Answering(BaseHTTPRequestHandler):
    """One connection, kept."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append(body.decode())
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.fixture
def way() -> Iterator[Wires]:
    with wires(SEED) as made:
        yield made


@pytest.fixture
def ask(server: Server, way: Wires) -> Iterator[Callable[[str], str]]:
    port = way.lead({"shop": [server.server_address[1]]})["shop"]
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE_SECONDS)

    def asked(body: str) -> str:
        try:
            connection.request("POST", "/", body)
            return connection.getresponse().read().decode()
        except (OSError, http.client.HTTPException):
            connection.close()
            return "lost"

    yield asked
    connection.close()


def wait_for(server: Server, count: int) -> None:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while len(server.asked) < count and time.monotonic() < give_up_at:
        time.sleep(0.02)


class TestWire:
    def test_that_is_good_passes_everything_on(self, ask: Callable[[str], str], server: Server, way: Wires) -> None:
        assert [ask("one"), ask("two")] == ["one", "two"]
        assert server.asked == ["one", "two"]
        assert way.counts == {"requests": 2}

    def test_loses_a_request(self, ask: Callable[[str], str], server: Server, way: Wires) -> None:
        way.misbehave(Rates(lost_request=1.0))
        assert ask("one") == "lost"
        way.misbehave(Rates())
        assert ask("two") == "two"

        assert server.asked == ["two"]
        assert way.counts["lost_request"] == 1

    def test_loses_an_answer(self, ask: Callable[[str], str], server: Server, way: Wires) -> None:
        way.misbehave(Rates(lost_response=1.0))

        assert ask("one") == "lost"
        assert server.asked == ["one"]

    def test_repeats_a_request_of_which_one_answer_is_heard(
        self, ask: Callable[[str], str], server: Server, way: Wires
    ) -> None:
        way.misbehave(Rates(duplicate=1.0))

        assert ask("one") == "one"
        wait_for(server, 2)
        assert server.asked == ["one", "one"]

    def test_brings_a_request_after_those_that_were_sent_behind_it(
        self, ask: Callable[[str], str], server: Server, way: Wires
    ) -> None:
        way.misbehave(Rates(late=1.0))
        assert ask("one") == "lost"
        way.misbehave(Rates())
        assert ask("two") == "two"

        wait_for(server, 2)
        assert server.asked == ["two", "one"]

    def test_delays_a_request(self, ask: Callable[[str], str], server: Server, way: Wires) -> None:
        way.misbehave(Rates(delay=1.0))

        assert ask("one") == "one"
        assert way.counts["delay"] == 1

    def test_that_is_cut_leads_nowhere_until_it_is_mended(
        self, ask: Callable[[str], str], server: Server, way: Wires
    ) -> None:
        assert ask("one") == "one"
        way.cut("shop")
        assert ask("two") == "lost"
        way.mend("shop")

        assert ask("three") == "three"
        assert server.asked == ["one", "three"]

    def test_leads_past_a_server_that_is_away(self, server: Server, way: Wires) -> None:
        gone = Server()
        gone.server_close()
        port = way.lead({"pair": [gone.server_address[1], server.server_address[1]]})["pair"]

        for _ in range(4):
            connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE_SECONDS)
            connection.request("POST", "/", "one")
            assert connection.getresponse().read() == b"one"
            connection.close()
