"""Other processes for the tests of calls over HTTP: a real server in a thread, and one that misbehaves on the way."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.test.testcases import QuietWSGIRequestHandler

HOST = "127.0.0.1"


@contextmanager
def serving(application: Any = None) -> Iterator[str]:
    """A shop's process in a thread of this one, kept connections included; gives its URL."""
    server = ThreadedWSGIServer((HOST, 0), QuietWSGIRequestHandler, allow_reuse_address=False)
    server.set_app(application or WSGIHandler())
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def behaving(*manners: Callable[[socket.socket], None]) -> Iterator[str]:
    """A listener that treats its first connection by the first manner, and so on; those beyond by the last one."""
    listener = socket.create_server((HOST, 0))
    stopping = threading.Event()

    def listen() -> None:
        for number in range(2**31):
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            if stopping.is_set():
                connection.close()
                return
            with connection:
                manners[min(number, len(manners) - 1)](connection)

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{listener.getsockname()[1]}"
    finally:
        stopping.set()
        socket.create_connection(listener.getsockname()).close()  # wakes it
        thread.join()
        listener.close()


def read_request(connection: socket.socket) -> bytes:
    """All of one request."""
    read = b""
    while b"\r\n\r\n" not in read:
        part = connection.recv(65_536)
        if not part:
            return read
        read += part
    head, _, body = read.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
    while len(body) < int(lengths[0] if lengths else 0):
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


def hang_up(connection: socket.socket) -> None:
    """Read the request and close without a word."""
    read_request(connection)


def stay_silent(connection: socket.socket) -> None:
    """Read the request and say nothing until the caller gives up."""
    read_request(connection)
    connection.recv(1)


def say(text: bytes) -> Callable[[socket.socket], None]:
    """Read the request and answer with these bytes, whatever they are."""

    def manner(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(text)

    return manner


def say_then_hang_up(text: bytes) -> Callable[[socket.socket], None]:
    """Answer with these bytes, keep the connection, and close it without a word when it is used again."""

    def manner(connection: socket.socket) -> None:
        say(text)(connection)
        read_request(connection)

    return manner


def pass_on(url: str, *, answers: bool) -> Callable[[socket.socket], None]:
    """Pass one request on to `url`; without `answers` what comes back is lost on the way."""

    def manner(connection: socket.socket) -> None:
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as onward:
            onward.sendall(read_request(connection).replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
            answer = b""
            while part := onward.recv(65_536):
                answer += part
        if answers:
            connection.sendall(answer)

    return manner
