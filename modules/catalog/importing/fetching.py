"""Pictures from the network: public addresses only, within limits of size and time."""

import ipaddress
import socket
from urllib.parse import urljoin, urlsplit

import httpx2

from modules.catalog.images import MOST_BYTES, BadPicture

SECONDS = 10.0
MOST_REDIRECTS = 3


def fetch(url: str, *, transport: httpx2.BaseTransport | None = None) -> bytes:
    """The bytes at a public address. transport: for tests.

    :raises BadPicture: the address is private, does not answer with 200 in time, or answers with over 20 MiB
    """
    try:
        with httpx2.Client(timeout=SECONDS, transport=transport, trust_env=False) as client:
            for _ in range(MOST_REDIRECTS + 1):
                _require_public(url)
                with client.stream("GET", url) as response:
                    if response.is_redirect:
                        url = urljoin(url, response.headers.get("location", ""))
                        continue
                    if response.status_code != 200:
                        raise BadPicture(f"the server answered {response.status_code}.")
                    return _read(response)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise BadPicture(f"it could not be fetched ({type(error).__name__}).") from error
    raise BadPicture("it is redirected too often.")


def _read(response: httpx2.Response) -> bytes:
    content = bytearray()
    for part in response.iter_bytes():
        content += part
        if len(content) > MOST_BYTES:
            raise BadPicture(f"it has over {MOST_BYTES // 1024 // 1024} MiB.")
    return bytes(content)


def _require_public(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 443
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM) if host else []
    except (OSError, ValueError) as error:
        raise BadPicture("its server is unknown.") from error
    if parts.scheme not in ("http", "https") or not found:
        raise BadPicture("the address is not one of the web.")
    if not all(ipaddress.ip_address(address[4][0]).is_global for address in found):
        raise BadPicture("its server is not a public one.")
