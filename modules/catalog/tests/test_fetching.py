"""Pictures from the network: only public servers, whatever their names mean later, and only within limits."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from modules.catalog.images import MOST_BYTES, BadPicture
from modules.catalog.importing import fetching
from modules.catalog.importing.fetching import fetch
from storefront.outside import target

SHOWN = "93.184.215.14"
NAMES: dict[str, list[tuple[str, ...]]] = {
    "pictures.example": [(SHOWN,)], "inside.example": [("10.0.0.7",)], "mixed.example": [(SHOWN, "127.0.0.1")],
    "rebound.example": [(SHOWN,), ("127.0.0.1",)], "turning.example": [("127.0.0.1",), (SHOWN,)],
    "xn--bcher-kva.example": [(SHOWN,)],
}
"""What a name means, answer by answer; the last one stays."""
MOVED = {
    "/moved.png": "/mug.png", "/round.png": "/round.png", "/inside.png": "http://inside.example/secret",
    "/back.png": "http://rebound.example/mug.png", "/number.png": "http://2130706433/secret",
    "/local.png": "http://127.0.0.1/secret", "/file.png": "file:///etc/passwd", "/nowhere.png": "",
}
LONG = 30.0


class Pictures:
    """A server on this machine that stands for every public one; who was asked for, and what was connected to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.reached: list[Any] = []
        self.paths: list[str] = []
        self.ended = threading.Event()


@pytest.fixture
def pictures(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pictures]:
    seen = Pictures()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.paths.append(self.path)
            with suppress(OSError):
                _answer(self, seen)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    connect = socket.create_connection
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()

        def reach(address: Any, *arguments: Any) -> socket.socket:
            seen.reached.append(address)
            return connect(("127.0.0.1", server.server_port), *arguments)

        monkeypatch.setattr(socket, "getaddrinfo", _look_up(seen, {name: list(found) for name, found in NAMES.items()}))
        monkeypatch.setattr("storefront.outside.asking.socket.create_connection", reach)
        yield seen
        seen.ended.set()
        server.shutdown()


def _look_up(seen: Pictures, names: dict[str, list[tuple[str, ...]]]) -> Any:
    def look_up(host: str, port: int, *_: Any, **_options: Any) -> list[Any]:
        seen.asked.append(host)
        if host == "127.0.0.1":  # the server itself
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]
        if host not in names:
            raise socket.gaierror
        found = names[host].pop(0) if len(names[host]) > 1 else names[host][0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    return look_up


def _answer(request: BaseHTTPRequestHandler, seen: Pictures) -> None:
    if request.path in MOVED:
        request.send_response(302)
        request.send_header("Location", MOVED[request.path])
        request.end_headers()
    elif request.path == "/slow.png":
        seen.ended.wait(LONG)
    elif request.path.startswith(("/mug.png", "/large.png", "/a%20m%C3%BCg.png", "/secret")):
        request.send_response(200)
        request.end_headers()
        request.wfile.write(b"x" * (MOST_BYTES + 1) if request.path == "/large.png" else b"picture")
    else:
        request.send_error(404)


class TestFetch:
    @pytest.mark.parametrize("url", [
        "http://pictures.example/mug.png", "http://pictures.example/moved.png", "http://pictures.example/mug.png#left",
        "http://pictures.example/a müg.png", "http://bücher.example/mug.png", f"http://{SHOWN}/mug.png?size=9",
    ])
    def test_brings_a_public_picture(self, pictures: Pictures, url: str) -> None:
        assert fetch(url) == b"picture"
        assert {address for address, _ in pictures.reached} == {SHOWN}

    @pytest.mark.parametrize(("url", "reason"), [
        ("http://pictures.example/large.png", "20 MiB"), ("http://pictures.example/round.png", "too often"),
        ("http://pictures.example/ghost.png", "404"), ("http://pictures.example/nowhere.png", "too often"),
        ("http://ghost.example/mug.png", "gaierror"), ("https:///mug.png", "neither a name"),
        ("http://[::1", "cannot be read"), ("ftp://pictures.example/mug.png", "over https or http"),
        ("http://ada:secret@pictures.example/mug.png", "no name or password"),
    ])
    def test_refuses_what_is_no_picture(self, pictures: Pictures, url: str, reason: str) -> None:
        with pytest.raises(BadPicture, match=reason):
            fetch(url)

    def test_breaks_off_what_never_comes(self, pictures: Pictures, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fetching, "SECONDS", 0.3)

        with pytest.raises(BadPicture, match="could not be fetched"):
            fetch("http://pictures.example/slow.png")


@pytest.mark.proves("S13")
class TestAServerThatIsNotPublic:
    @pytest.mark.parametrize("url", [
        "http://inside.example/secret", "http://127.0.0.1/secret", "http://169.254.169.254/latest",
        "http://mixed.example/secret", "http://[::1]/secret", "http://[::ffff:10.0.0.1]/", "http://2130706433/secret",
        "http://0x7f.1/secret", "http://localhost/secret", "http://①②⑦.0.0.1/secret",
        "http://pictures.example/inside.png", "http://pictures.example/number.png",
        "http://pictures.example/local.png", "http://pictures.example/file.png",
    ])
    def test_is_never_asked(self, pictures: Pictures, url: str) -> None:
        with pytest.raises(BadPicture):
            fetch(url)

        assert {address for address, _ in pictures.reached} <= {SHOWN}
        assert "/secret" not in pictures.paths

    def test_is_not_reached_by_a_name_that_means_another_a_moment_later(self, pictures: Pictures) -> None:
        assert fetch("http://rebound.example/mug.png") == b"picture"

        assert pictures.asked.count("rebound.example") == 1
        assert pictures.reached == [(SHOWN, 80)]

    def test_is_not_reached_by_a_name_that_was_public_at_the_first_of_two_redirects(self, pictures: Pictures) -> None:
        assert fetch("http://pictures.example/back.png") == b"picture"

        with pytest.raises(BadPicture, match="not public"):
            fetch("http://pictures.example/back.png")
        assert {address for address, _ in pictures.reached} == {SHOWN}

    def test_is_refused_even_if_it_would_be_public_when_asked_again(self, pictures: Pictures) -> None:
        with pytest.raises(BadPicture, match="not public"):
            fetch("http://turning.example/mug.png")

        assert pictures.reached == []

    def test_would_be_reached_if_addresses_were_not_looked_at(
        self, pictures: Pictures, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(target, "check_public", lambda *_: None)

        assert fetch("http://inside.example/secret") == b"picture"
        assert pictures.reached == [("10.0.0.7", 80)]
