"""Answers: JSON written by msgspec, with the version as a strong ETag."""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.http import HttpResponse
from rest_framework.renderers import BaseRenderer

from storefront.calls.pipeline import was_replayed

_encode = msgspec.json.Encoder().encode

JSON = "application/json"


def answered(
    value: Any, *, status: int = 200, etag: str | int | None = None, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """`value` as JSON. etag: the version of what is shown, without quotes."""
    response = HttpResponse(_encode(value), status=status, content_type=JSON)
    return _dressed(response, etag, headers)


def created(
    value: Any, *, etag: str | int | None = None, location: str | None = None, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """201 with what was made. location: its path."""
    response = answered(value, status=201, etag=etag, headers=headers)
    if location:
        response["Location"] = location
    return response


def emptied(*, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """204: it is gone, or there is nothing to say."""
    response = HttpResponse(status=204)
    del response["Content-Type"]
    return _dressed(response, None, headers)


def quoted(etag: str | int) -> str:
    """A strong ETag."""
    return f'"{etag}"'


def _dressed(response: HttpResponse, etag: str | int | None, headers: Mapping[str, str] | None) -> HttpResponse:
    if etag is not None:
        response.headers["ETag"] = quoted(etag)
    if was_replayed():
        response.headers["Idempotent-Replayed"] = "true"
    for name, text in (headers or {}).items():
        response.headers[name] = text
    return response


def matches(if_none_match: str, etag: str) -> bool:
    """Whether a client's `If-None-Match` names this ETag; weak comparison. Source: RFC 9110, 13.1.2."""
    if if_none_match.strip() == "*":
        return True
    return etag in [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]


def is_acceptable(accepts: str, media_type: str) -> bool:
    """Whether an `Accept` header admits the one media type that there is, or its problems."""
    kind = media_type.partition("/")[0]
    admitted = ("*/*", f"{kind}/*", media_type)
    for part in accepts.lower().split(","):
        name, _, parameters = part.partition(";")
        if name.strip() in admitted and "q=0" not in parameters.replace(" ", "").replace("q=0.", ""):
            return True
    return False


def not_modified(response: HttpResponse) -> HttpResponse:
    """304 with the headers that a cache refreshes."""
    fresh = HttpResponse(status=304)
    del fresh["Content-Type"]
    for name, text in response.headers.items():
        if name not in ("Content-Type", "Content-Length"):
            fresh.headers[name] = text
    return fresh


class JsonRenderer(BaseRenderer):
    """For the odd view that returns a DRF `Response`."""

    media_type = JSON
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else _encode(data)
