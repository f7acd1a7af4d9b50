"""The callee's door: `POST /_call/{module}/{operation}`. One plain view; see `http` for what it answers."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from storefront.calls import identity, wire
from storefront.calls.carrier import CalleeFailed
from storefront.calls.deadline import DEADLINE, seconds_for
from storefront.calls.execution import execute
from storefront.calls.fingerprint import fingerprint_of, same_version
from storefront.calls.outsider import rest_of
from storefront.calls.pace import Pace
from storefront.calls.provider import PROVIDERS, Body
from storefront.calls.request import unknown_field
from storefront.interface import (
    DeadlineExceeded,
    InFlight,
    MalformedCall,
    OutcomeUnknown,
    Refusal,
    Unavailable,
)
from storefront.topology.admission import WAITED

log = logging.getLogger(__name__)


class _NoSuchOperation(Exception):
    """No face of this process has it, or none of this version."""


class _Full(Unavailable):
    """As much is carried out at once as may be."""


@csrf_exempt
def call(request: HttpRequest, module: str, operation: str) -> HttpResponse:
    """Carry out one call of another process."""
    try:
        return _answered(request, module, operation)
    except Refusal as refusal:
        return wire.problem("refused", status=422, detail=str(refusal), refusal=refusal)
    except identity.Forbidden as error:
        log.warning("A call was turned away.", extra={"operation": f"{module}.{operation}", "cause": str(error)})
        return wire.problem("forbidden", status=error.status)  # a stranger is told nothing
    except Exception as error:
        return _failed(error, f"{module}.{operation}")


def _answered(request: HttpRequest, module: str, operation: str) -> HttpResponse:
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    if _length(request) > wire.MAX_BYTES:
        return wire.problem("malformed", status=413, detail=f"At most {wire.MAX_BYTES} bytes cross a border.")
    caller = identity.verify(request)
    if not identity.may_call(caller, module):
        raise identity.Forbidden(f"{caller.name} does not import the face of {module}.", status=403)
    body = _body_of(module, operation)
    face = fingerprint_of(body.operation.face)
    token = DEADLINE.set(_until(request, body))
    try:
        if (theirs := request.headers.get(wire.FACE, face)) != face:
            _refuse_what_is_unknown(theirs, request, body)
        with _PLACES.place(), _PACE.kept(body.operation.full_name):
            value, replayed = execute(body, request.body)
    finally:
        DEADLINE.reset(token)
    response = wire.answer(value, replayed=replayed)
    response.headers[wire.FACE] = face
    return response


def _length(request: HttpRequest) -> int:
    told = request.META.get("CONTENT_LENGTH") or "0"
    return int(told) if told.isdecimal() else 0


def _body_of(module: str, operation: str) -> Body:
    provider = PROVIDERS.get(module)
    body = provider.bodies.get(operation) if provider else None
    if body is None:
        raise _NoSuchOperation
    return body


def _until(request: HttpRequest, body: Body) -> float:
    """The caller's deadline, which never gives an operation more than its own time."""
    told_ms = request.headers.get(identity.DEADLINE_MS, "")
    own = seconds_for(body.operation)
    seconds = min(int(told_ms) / 1000, own) if told_ms else own
    return time.monotonic() + seconds - float(request.META.get(WAITED, 0.0))


def _refuse_what_is_unknown(theirs: str, request: HttpRequest, body: Body) -> None:
    """A caller of another release is welcome while it asks for nothing that this one does not know."""
    if not same_version(theirs, fingerprint_of(body.operation.face)):
        raise _NoSuchOperation
    unknown = unknown_field(body.operation, request.body)
    if unknown:
        raise MalformedCall(f"{body.operation.full_name}: this release knows no {unknown}.")


_PROBLEMS: tuple[tuple[type[Exception], str, int], ...] = (
    (CalleeFailed, "internal_error", 500),  # of one that was called from here
    (_Full, "unavailable", 429),
    (DeadlineExceeded, "deadline_exceeded", 504),
    (Unavailable, "unavailable", 503),
    (InFlight, "in_flight", 409),
    (OutcomeUnknown, "outcome_unknown", 500),
    (MalformedCall, "malformed", 400),
    (_NoSuchOperation, "no_such_operation", 404),
)


def _failed(error: Exception, name: str) -> HttpResponse:
    for kind, code, status in _PROBLEMS:
        if isinstance(error, kind):
            return wire.problem(code, status=status, detail=str(error), rests=rest_of(error) > 0)
    log.error("A call failed with an error that nobody foresaw.", exc_info=error, extra={"operation": name})
    return wire.problem("internal_error", status=500)


class _Places:
    """How many calls of others this process carries out at once."""

    def __init__(self) -> None:
        self._free: BoundedSemaphore | None = None

    @contextmanager
    def place(self) -> Iterator[None]:
        if self._free is None:
            self._free = BoundedSemaphore(settings.STOREFRONT_CALLS_SERVED)
        if not self._free.acquire(blocking=False):
            raise _Full(f"{settings.STOREFRONT_CALLS_SERVED} calls are carried out already.")
        try:
            yield
        finally:
            self._free.release()


_PLACES = _Places()
_PACE = Pace()
