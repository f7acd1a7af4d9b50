"""An endpoint may be slow, endless or senseless: a request ends, and only the first of its answer is read."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from modules.webhooks import posting
from modules.webhooks.targets import target_of
from modules.webhooks.tests.receiver import Receiver

LONG = 30.0


@contextmanager
def answering(answer: Callable[[socket.socket], object]) -> Iterator[str]:
    """A server that does anything at all with one connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                connection, _ = server.accept()
                with connection:
                    connection.recv(65_536)
                    answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


def drip(connection: socket.socket) -> None:
    """A byte now and then, for as long as anybody listens."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        connection.sendall(b"x")
        time.sleep(0.05)


class TestAnAnswer:
    def test_that_drips_is_broken_off(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(posting, "WHOLE_SECONDS", 0.5)
        began = time.monotonic()

        with answering(drip) as url, pytest.raises(OSError):
            posting.post(target_of(url), b"{}", {})

        assert time.monotonic() - began < LONG

    def test_that_never_comes_is_broken_off(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(posting, "WHOLE_SECONDS", 0.5)
        silent = threading.Event()

        with answering(lambda _: silent.wait(LONG)) as url, pytest.raises(OSError):
            posting.post(target_of(url), b"{}", {})
        silent.set()

    def test_without_end_is_read_only_at_its_beginning(self) -> None:
        def endless(connection: socket.socket) -> None:
            connection.sendall(b"HTTP/1.1 500 Oh\r\n\r\n")
            while True:
                connection.sendall(b"x" * 65_536)

        with answering(endless) as url:
            reply = posting.post(target_of(url), b"{}", {})

        assert (reply.status, reply.body) == (500, b"x" * posting.KEPT_BYTES)

    @pytest.mark.parametrize(
        "said", [
            b"", b"\x00\xff\xfe", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 abc\r\n\r\n",
            b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200, b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        ]
    )
    @pytest.mark.withstands("webhooks", "endpoint", "lying")
    def test_that_is_no_http_is_a_failure_of_its_own(self, said: bytes) -> None:
        with answering(lambda connection: connection.sendall(said)) as url:
            try:
                reply = posting.post(target_of(url), b"{}", {})
            except OSError:
                return
        assert reply.status == 200, "a length below zero is read as none"

    def test_is_kept_as_far_as_it_goes(self, receiver: Receiver) -> None:
        receiver.usual = (418, {"Retry-After": "9"}, b"short and stout")

        assert posting.post(target_of(receiver.url), b"{}", {}) == posting.Reply(418, b"short and stout", "9")
