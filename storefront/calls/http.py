"""Calls over HTTP: `POST {callee}/_call/{module}/{operation}`, signed, with key, deadline and trace.

| status | code | at the caller |
| --- | --- | --- |
| 200 | | the answer |
| 422 | refused | its refusal, by type |
| 400, 413 | malformed | MalformedCall |
| 401, 403, 404 | forbidden, no_such_operation | Unavailable: not executed; worth asking again when that is mended |
| 409 | in_flight | InFlight |
| 429, 503 | unavailable | Unavailable; `Resting` where somebody outside is let rest |
| 504 | deadline_exceeded | DeadlineExceeded |
| 500 | internal_error | CommandFailed, QueryFailed |
| anything else | | OutcomeUnknown of a command, Unavailable of a query |

No connection is Unavailable; one that breaks after something was sent is the last line. A command is then AnswerLost,
and the platform asks again with the same key while there is time.
"""

import hashlib
import logging
import re
import time
from typing import Any

import msgspec

from storefront.calls import identity, wire
from storefront.calls.callee import Callee, callee_of
from storefront.calls.carrier import Answer, AnswerLost, CommandFailed, QueryFailed
from storefront.calls.connection import Lost, NoTimeToConnect, NotSent, Reply, TooSlow
from storefront.calls.deadline import DEADLINE, seconds_for
from storefront.calls.fingerprint import fingerprint_of
from storefront.calls.outsider import Resting
from storefront.interface import (
    DeadlineExceeded,
    InFlight,
    MalformedCall,
    Operation,
    OutcomeUnknown,
    Unavailable,
)
from storefront.rest.context import request_id
from storefront.telemetry.trace import current_traceparent
from storefront.topology import neighbours
from storefront.topology.plan import Process

log = logging.getLogger(__name__)


class Http:
    """The callee is another process."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def carry(self, operation: Operation, body: bytes) -> Answer:
        """One attempt, within the deadline at hand."""
        callee = callee_of(self._process)
        until = DEADLINE.get() or time.monotonic() + seconds_for(operation)
        left_ms = int((until - time.monotonic()) * 1000)
        if left_ms <= 0:
            raise DeadlineExceeded(f"{operation.full_name}: no time is left.")
        path = f"/_call/{operation.module}/{operation.name}"
        headers = _headers(operation, path, body, left_ms)
        with callee.place():
            reply = _asked(callee, operation, path, body, headers, until=until)
        return _read(operation, reply)


def _asked(
    callee: Callee, operation: Operation, path: str, body: bytes, headers: dict[str, str], *, until: float
) -> Reply:
    breaker, name = callee.breaker, operation.full_name
    # a caller in a hurry says nothing of the callee; one that gives it half of its usual time does
    slow = breaker.failed if until - time.monotonic() >= seconds_for(operation) / 2 else breaker.forgotten
    try:
        reply = callee.connections.exchange("POST", path, body, headers, until=until)
    except NotSent as error:
        (slow if isinstance(error, NoTimeToConnect) else breaker.failed)()
        raise Unavailable(f"{name}: {error}") from error
    except TooSlow as error:
        slow()
        raise _unknown(operation, str(error), OutcomeUnknown) from error
    except Lost as error:
        breaker.failed()
        raise _unknown(operation, str(error), AnswerLost) from error
    except BaseException:
        breaker.forgotten()
        raise
    is_ours = reply.status < 500 or reply.headers.getheader("Content-Type") == wire.PROBLEM_JSON
    (breaker.succeeded if is_ours else breaker.failed)()  # a proxy's error says that the callee is away
    theirs = reply.headers.getheader(wire.FACE, "")
    if theirs and theirs != headers[wire.FACE]:
        neighbours.noticed(callee.process, operation.face, theirs)
    return reply


def _headers(operation: Operation, path: str, body: bytes, left_ms: int) -> dict[str, str]:
    headers = identity.sign("POST", path, body, key=_key(operation, body), deadline_ms=left_ms)
    headers["Content-Type"] = wire.JSON
    headers[wire.FACE] = fingerprint_of(operation.face)
    if trace := current_traceparent():
        headers["traceparent"] = trace
    if request := request_id.get():
        headers["X-Request-Id"] = request
    return headers


class _Keyed(msgspec.Struct):
    key: str = ""


_keyed = msgspec.json.Decoder(_Keyed)
_PLAIN = re.compile(r"[!-~]+")


def _key(operation: Operation, body: bytes) -> str:
    """The key stands in the body. The header is for proxies, logs and whoever watches, and holds plain letters only."""
    if operation.kind == "query":
        return ""
    key = _keyed.decode(body).key
    return key if _PLAIN.fullmatch(key) else hashlib.sha256(key.encode()).hexdigest()


def _read(operation: Operation, reply: Reply) -> Answer:
    replayed = reply.headers.getheader(wire.REPLAYED) == "true"
    if reply.status == 200:
        return Answer(_decoded(operation, reply.body), replayed)
    told = wire.problem_in(reply.body)
    if reply.status == 422 and told.code == "refused":
        raise wire.restored(told, replayed=replayed)
    error = _error(operation, reply.status, told)
    raise _resting(error) if told.rests else error


def _decoded(operation: Operation, body: bytes) -> Any:
    try:
        return operation.answer_decoder.decode(body)
    except msgspec.DecodeError as error:
        log.exception("A callee answered in another shape than its face has.", extra={"operation": operation.full_name})
        raise _unknown(operation, f"the answer cannot be read: {error}", OutcomeUnknown) from error


_ERRORS: dict[str, type[Exception]] = {
    "malformed": MalformedCall, "forbidden": Unavailable, "no_such_operation": Unavailable, "in_flight": InFlight,
    "unavailable": Unavailable, "deadline_exceeded": DeadlineExceeded,
}


def _error(operation: Operation, status: int, told: wire.Problem) -> Exception:
    text = f"{status} {told.code} {told.detail}".rstrip()
    if told.code in ("forbidden", "no_such_operation"):
        log.error("A callee takes no such call from us.", extra={"operation": operation.full_name, "cause": text})
    if told.code == "internal_error":
        failed = CommandFailed if operation.kind == "command" else QueryFailed
        return failed(f"{operation.full_name}: {told.detail or 'the log of its process tells what broke.'}")
    known = _ERRORS.get(told.code)
    if known is None and status == 429:  # whatever counted our requests did not pass this one on
        known = Unavailable
    if known is None:
        return _unknown(operation, text, OutcomeUnknown)
    return known(told.detail if known is MalformedCall else f"{operation.full_name}: {text}")


def _resting(error: Exception) -> Exception:
    """What was certainly not done is `Resting` here, too; what is unknown stays so, and has it for its cause."""
    resting = Resting(f"{error}")
    if type(error) is Unavailable:
        return resting
    error.__cause__ = resting
    return error


def _unknown(operation: Operation, text: str, error: type[OutcomeUnknown]) -> Exception:
    """A query changes nothing, so it was as good as not executed."""
    return (error if operation.kind == "command" else Unavailable)(f"{operation.full_name}: {text}")
