"""A client of the shop for tests that do not know where it runs: Django's own, to real processes if need be."""

import http.client
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote, urlsplit

from django.http import HttpResponse
from django.test import Client

from storefront.topology.plan import Topology
from storefront.topology.routes import Route, route_of, target

TIMEOUT_SECONDS = 60


class ProcessClient(Client):
    """Django's test client, its requests sent where the gateway would send them."""

    topology: Topology
    routes: list[Route]

    def request(self, **request: Any) -> Any:
        """Send it, and give the answer the shape of a test client's."""
        environ: dict[str, Any] = self._base_environ(**request)  # type: ignore[attr-defined]  # not in the stubs
        path = environ["PATH_INFO"]
        route = route_of(path, self.routes)
        if route is None:
            return HttpResponse(f"No route leads to {path}.", status=404)
        asked = environ.get("QUERY_STRING", "")
        raw = quote(path.encode("latin-1")) + (f"?{asked}" if asked else "")
        url = urlsplit(target(route, self.topology).url)
        connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(environ["REQUEST_METHOD"], raw, environ["wsgi.input"].read(), _headers(environ))
            answer = connection.getresponse()
            return self._told(answer, answer.read())
        finally:
            connection.close()

    def _told(self, answer: http.client.HTTPResponse, body: bytes) -> HttpResponse:
        response = HttpResponse(body, status=answer.status, reason=answer.reason, content_type="")
        del response.headers["Content-Type"]
        for name, text in answer.getheaders():
            if name.lower() == "set-cookie":
                self.cookies.update(SimpleCookie(text))
            else:
                response.headers[name] = text
        response.json = lambda **extra: self._parse_json(response, **extra)  # type: ignore[attr-defined]
        return response


def _headers(environ: dict[str, Any]) -> dict[str, str]:
    given = {
        name[5:].replace("_", "-"): text for name, text in environ.items() if name.startswith("HTTP_") and text
    }
    kind = environ.get("CONTENT_TYPE")
    return given | ({"Content-Type": kind} if kind else {})


_kind: type[Client] = Client


def client() -> Client:
    """A new client of the shop, wherever its processes are."""
    return _kind()


def send_to(kind: type[Client]) -> None:
    """Which clients are made from now on."""
    global _kind
    _kind = kind
