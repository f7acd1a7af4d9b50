"""What surrounds a request: its id and its trace; and Django's usual stack, except for the API."""

import re
import secrets
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

from storefront.cards import has_card
from storefront.rest.context import request_id
from storefront.rest.deadline import within_the_clients_time
from storefront.telemetry.trace import traced
from storefront.topology import is_home

GetResponse = Callable[[HttpRequest], HttpResponse]

LEAN_PATHS = ("/api/", "/media/", "/_", "/livez", "/readyz", "/startupz")
PAGE_MIDDLEWARE = (
    "storefront.rest.headers.PageHeaders",
    "django.middleware.security.SecurityMiddleware",
    "storefront.rest.static.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
)
"""For pages; the setting `PAGE_MIDDLEWARE` replaces it. Away from home, staff arrive in place of signing in."""
SIGNED_IN, ARRIVING = (
    "django.contrib.auth.middleware.AuthenticationMiddleware", "storefront.home.arrival.StaffArrives",
)

_SANE = re.compile(r"[A-Za-z0-9._:-]{1,128}")


class RequestContext:
    """Gives each request an id and a trace: the client's, if it sent sane ones."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        meta = request.META
        given = meta.get("HTTP_X_REQUEST_ID")
        name = given if given and _SANE.fullmatch(given) and not has_card(given) else secrets.token_hex(16)
        request.request_id = name  # type: ignore[attr-defined]
        token = request_id.set(name)
        try:
            with traced(meta.get("HTTP_TRACEPARENT", "")):
                response = self.get_response(request)
        finally:
            request_id.reset(token)
        headers = response.headers
        headers["X-Request-Id"] = name
        if not response.streaming and response.content and "Content-Length" not in headers:  # else it goes in chunks
            headers["Content-Length"] = str(len(response.content))
        return response


class LeanApi:
    """Runs `PAGE_MIDDLEWARE` around pages, and nothing around the API, media, and what processes ask of each other.

    The page stack is built at the first page: a process that only serves the API never pays for it.
    """

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self._pages: _PageStack | None = None
        self._building = Lock()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(LEAN_PATHS):
            if not request.path_info.startswith("/api/"):
                return self.get_response(request)
            with within_the_clients_time(request):
                return self.get_response(request)
        return self._page_stack().handle(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Django asks only the middleware in its own list, so the page stack's hooks are asked here."""
        if request.path_info.startswith(LEAN_PATHS):
            return None
        return _first(hook(request, view, args, kwargs) for hook in self._page_stack().view_hooks)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if request.path_info.startswith(LEAN_PATHS):
            return None
        return _first(hook(request, error) for hook in self._page_stack().exception_hooks)

    def process_template_response(self, request: HttpRequest, response: Any) -> Any:
        if not request.path_info.startswith(LEAN_PATHS):
            for hook in self._page_stack().template_hooks:
                response = hook(request, response)
        return response

    def _page_stack(self) -> "_PageStack":
        if self._pages is None:
            with self._building:
                if self._pages is None:
                    self._pages = _PageStack(self.get_response)
        return self._pages


class _PageStack:
    def __init__(self, get_response: GetResponse) -> None:
        named: Sequence[str] = getattr(settings, "PAGE_MIDDLEWARE", PAGE_MIDDLEWARE)
        if not is_home():
            named = [ARRIVING if name == SIGNED_IN else name for name in named]
        layers: list[Any] = []
        handle: Any = get_response
        for name in reversed(named):
            layer = import_string(name)(handle)
            layers.insert(0, layer)
            handle = convert_exception_to_response(layer)
        self.handle: GetResponse = handle
        self.view_hooks = [layer.process_view for layer in layers if hasattr(layer, "process_view")]
        inside_out = layers[::-1]
        self.exception_hooks = [layer.process_exception for layer in inside_out if hasattr(layer, "process_exception")]
        self.template_hooks = [
            layer.process_template_response for layer in inside_out if hasattr(layer, "process_template_response")
        ]


def _first(answers: Any) -> HttpResponse | None:
    return next((answer for answer in answers if answer is not None), None)
