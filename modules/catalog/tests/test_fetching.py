"""Pictures from the network: only public servers, only within limits."""

import socket
from typing import Any

import httpx2
import pytest

from modules.catalog.images import MOST_BYTES, BadPicture
from modules.catalog.importing.fetching import fetch

HOSTS = {"pictures.example": "93.184.215.14", "inside.example": "10.0.0.7", "mixed.example": "127.0.0.1"}


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(host: str, port: int, **_options: Any) -> list[Any]:
        if host not in HOSTS and not host.replace(".", "").isdigit():
            raise socket.gaierror
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (HOSTS.get(host, host), port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def server(request: httpx2.Request) -> httpx2.Response:
    """Answers as its paths say."""
    match request.url.path:
        case "/mug.png":
            return httpx2.Response(200, content=b"picture")
        case "/large.png":
            return httpx2.Response(200, content=b"x" * (MOST_BYTES + 1))
        case "/moved.png":
            return httpx2.Response(302, headers={"location": "/mug.png"})
        case "/inside.png":
            return httpx2.Response(302, headers={"location": "http://inside.example/secret"})
        case "/round.png":
            return httpx2.Response(302, headers={"location": "/round.png"})
        case "/slow.png":
            raise httpx2.ReadTimeout("too slow", request=request)
    return httpx2.Response(404)


class TestFetch:
    @pytest.mark.parametrize("path", ["mug.png", "moved.png"])
    def test_brings_a_public_picture(self, path: str) -> None:
        assert fetch(f"https://pictures.example/{path}", transport=httpx2.MockTransport(server)) == b"picture"

    @pytest.mark.parametrize(("url", "reason"), [
        ("https://inside.example/mug.png", "not a public one"), ("http://127.0.0.1/mug.png", "not a public one"),
        ("http://169.254.169.254/latest", "not a public one"), ("https://mixed.example/mug.png", "not a public one"),
        ("https://pictures.example/inside.png", "not a public one"), ("https://ghost.example/mug.png", "unknown"),
        ("https://pictures.example/large.png", "20 MiB"), ("https://pictures.example/round.png", "too often"),
        ("https://pictures.example/slow.png", "ReadTimeout"), ("https://pictures.example/ghost.png", "404"),
        ("https:///mug.png", "not one of the web"),
    ])
    def test_refuses_everything_else(self, url: str, reason: str) -> None:
        with pytest.raises(BadPicture, match=reason):
            fetch(url, transport=httpx2.MockTransport(server))
