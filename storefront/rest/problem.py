"""RFC 9457 problems: every error of the public API has one shape and a stable code."""

import logging
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions

from storefront.interface import InFlight, MalformedCall, OutcomeUnknown, Refusal, Unavailable
from storefront.rest.fault import Defect, Fault

log = logging.getLogger(__name__)

PROBLEM_JSON = "application/problem+json"

_encode = msgspec.json.Encoder().encode
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")
_OWN = frozenset({"type", "title", "status", "detail", "code", "request_id", "errors", "instance"})


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An error as the public API tells it; the facts of the case stand beside these members."""

    type: str
    title: str
    status: int
    code: str
    detail: str = ""
    request_id: str = ""
    errors: tuple[Defect, ...] = ()


def problem(
    code: str, *, status: int, title: str, detail: str = "", request: Any = None, errors: tuple[Defect, ...] = (),
    members: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Answer with a problem. members: further facts, which never hide the standard ones."""
    told: dict[str, Any] = {name: fact for name, fact in (members or {}).items() if name not in _OWN}
    standard = Problem(
        type=f"/problems/{code}", title=title, status=status, detail=detail, code=code,
        request_id=getattr(request, "request_id", ""), errors=errors,
    )
    body = _encode(msgspec.to_builtins(standard) | told)
    response = HttpResponse(body, status=status, content_type=PROBLEM_JSON)
    response.headers["Cache-Control"] = "no-store"  # what is not there now may be there in a moment
    response.headers["X-Content-Type-Options"] = "nosniff"  # it may repeat what was asked for
    response._has_been_logged = True  # type: ignore[attr-defined]  # by us, where it is worth it; not again by Django
    for name, text in (headers or {}).items():
        response.headers[name] = text
    return response


def handle(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """DRF's exception handler: whatever went wrong becomes a problem."""
    return problem_of(error, context.get("request"))


def problem_of(error: Exception, request: Any) -> HttpResponse:
    """The problem that tells of `error`; what nobody foresaw is logged and says nothing of the inside."""
    if isinstance(error, Refusal):
        return _refused(error, request)
    if isinstance(error, Fault):
        return problem(
            error.code, status=error.status, title=_phrase(error.status), detail=error.detail, request=request,
            errors=error.errors, members=error.members, headers=error.headers,
        )
    foreseen = _of_the_platform(error, request) or _of_the_framework(error, request)
    if foreseen is not None:
        return foreseen
    log.error("A request failed with an error that nobody foresaw.", exc_info=error)
    return problem(
        "internal_error", status=500, title="Internal error", request=request,
        detail="Something broke on our side; it has been logged under the request id.",
    )


def _refused(refusal: Refusal, request: Any) -> HttpResponse:
    title = _WORD.sub(" ", type(refusal).__name__).capitalize()
    facts = msgspec.to_builtins(refusal.facts)
    headers = {"Idempotent-Replayed": "true"} if refusal.is_replayed else {}
    return problem(
        refusal.code, status=refusal.status, title=title, detail=str(refusal), request=request, members=facts,
        headers=headers,
    )


def _of_the_platform(error: Exception, request: Any) -> HttpResponse | None:
    retry = {"Retry-After": "1"}
    if isinstance(error, Unavailable):
        log.warning("A module was unavailable.", exc_info=error)
        return problem(
            "unavailable", status=503, title="Unavailable", request=request, headers=retry,
            detail="Nothing was done. Try again, with the same Idempotency-Key.",
        )
    if isinstance(error, InFlight):
        return problem(
            "idempotency_key_in_flight", status=409, title="In flight", request=request, headers=retry,
            detail="The same request with this Idempotency-Key is still being carried out; ask again in a moment.",
        )
    if isinstance(error, OutcomeUnknown):
        log.warning("The outcome of a request is unknown.", exc_info=error)
        return problem(
            "outcome_unknown", status=503, title="Outcome unknown", request=request, headers=retry,
            detail="It may have been done. Repeat the request with the same Idempotency-Key to learn the outcome.",
        )
    if isinstance(error, MalformedCall):
        log.warning("A request reached a module in another shape than its face has.", exc_info=error)
        text = str(error).partition(": ")[2] or str(error)
        return problem("malformed_call", status=422, title="Unprocessable request", detail=text, request=request)
    if isinstance(error, (OperationalError, InterfaceError)):
        log.warning("A database was away while a request was answered.", exc_info=error)
        is_read = getattr(request, "method", "") in ("GET", "HEAD")
        told = "Nothing was done." if is_read else "It may have been done."
        return problem(
            "unavailable" if is_read else "outcome_unknown", status=503, request=request, headers=retry,
            title="Unavailable" if is_read else "Outcome unknown",
            detail=f"{told} Try again, with the same Idempotency-Key if there was one.",
        )
    if isinstance(error, DataError):
        log.error("A value did not fit its column; bound it in the request's shape.", exc_info=error)
        return problem(
            "invalid_value", status=422, title="Unprocessable request", request=request,
            detail="A value is too large or too long to be stored.",
        )
    return None


def _of_the_framework(error: Exception, request: Any) -> HttpResponse | None:
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, RequestDataTooBig):
        return problem("body_too_large", status=413, title="Content too large", request=request)
    elif isinstance(error, SuspiciousOperation):
        return problem(
            "bad_request", status=400, title="Bad request", request=request, detail="The request cannot be read."
        )
    if not isinstance(error, exceptions.APIException):
        return None
    headers = {"WWW-Authenticate": "Bearer"} if error.status_code == 401 else {}
    code = _FRAMEWORK_CODES.get(error.status_code, str(error.default_code))
    return problem(
        code, status=error.status_code, title=_phrase(error.status_code), detail=str(error.detail), request=request,
        headers=headers,
    )


_FRAMEWORK_CODES = {
    401: "unauthenticated", 403: "forbidden", 404: "not_found", 405: "method_not_allowed", 406: "not_acceptable",
    413: "body_too_large", 415: "unsupported_media_type", 429: "throttled",
}


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase.capitalize()


def no_such_path(request: HttpRequest, exception: Exception | None = None, **_: Any) -> HttpResponse:
    """404 for a path that no module has."""
    return problem(
        "not_found", status=404, title="Not found", request=request, detail=f"There is nothing at {request.path[:200]}."
    )
