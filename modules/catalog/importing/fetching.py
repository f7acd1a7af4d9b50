"""Pictures from the network: public addresses only, redirects included, within limits of size and time."""

import http.client
from urllib.parse import quote, urldefrag, urljoin, urlsplit, urlunsplit

from modules.catalog.images import MOST_BYTES, BadPicture
from storefront.outside.asking import answered
from storefront.outside.target import Refused, Rules, target_of

SECONDS = 30.0
"""For one server, from the first byte sent to the last byte read."""
MOST_REDIRECTS = 3
REDIRECTS = (301, 302, 303, 307, 308)
ADMITTED = Rules(schemes=("https", "http"), longest=2_000)
_PART = 65_536


def fetch(url: str) -> bytes:
    """The bytes at a public address.

    :raises BadPicture: the address is private, does not answer with 200 in time, or answers with over 20 MiB
    """
    try:
        for _ in range(MOST_REDIRECTS + 1):
            target = target_of(_in_ascii(url), ADMITTED)
            with answered("GET", target, ADMITTED, seconds=SECONDS, headers={"Accept": "image/*"}) as response:
                if response.status not in REDIRECTS:
                    return _content(response)
                url = urljoin(url, response.getheader("Location", ""))
    except Refused as error:
        raise BadPicture(f"{error}.") from error
    except (OSError, UnicodeError) as error:
        raise BadPicture(f"it could not be fetched ({type(error).__name__}).") from error
    raise BadPicture("it is redirected too often.")


def _content(response: http.client.HTTPResponse) -> bytes:
    if response.status != 200:
        raise BadPicture(f"the server answered {response.status}.")
    content = bytearray()
    while part := response.read(_PART):
        content += part
        if len(content) > MOST_BYTES:
            raise BadPicture(f"it has over {MOST_BYTES // 1024 // 1024} MiB.")
    return bytes(content)


def _in_ascii(url: str) -> str:
    """As a browser would ask for it: names in other scripts, spaces and accents written in ASCII."""
    try:
        parts = urlsplit(urldefrag(url.strip())[0])
        host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
    except ValueError as error:
        raise Refused("it cannot be read as an address") from error
    path, query = (quote(part, safe="%/:=&?~+!$,;'@()*-._") for part in (parts.path, parts.query))
    return urlunsplit((parts.scheme, host, path, query, ""))
