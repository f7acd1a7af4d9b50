"""What surrounds a request."""

import re
import secrets
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from storefront.telemetry.trace import traced

GetResponse = Callable[[HttpRequest], HttpResponse]

_SANE = re.compile(r"[A-Za-z0-9._:-]{1,128}")


class RequestContext:
    """Gives each request its id and its trace."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = given if _SANE.fullmatch(given) else secrets.token_hex(16)
        request.request_id = request_id  # type: ignore[attr-defined]
        with traced(request.META.get("HTTP_TRACEPARENT", "")):
            response = self.get_response(request)
        response.headers["X-Request-Id"] = request_id
        return response


class LeanApi:
    """Runs Django's usual stack for every path but the API's."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        return self.get_response(request)
