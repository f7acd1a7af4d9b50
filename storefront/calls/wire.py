"""How answers and refusals look between processes. A problem of ours carries one of these codes; a proxy's does not."""

from typing import Any

import msgspec
from django.http import HttpResponse

from storefront.interface import REFUSALS, Refusal, UnknownRefusal

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"
FACE = "Storefront-Face"
REPLAYED = "Idempotent-Replayed"
MAX_BYTES = 256 * 1024
"""Of a request between processes, and in one process too, so that it may become one between processes."""

_encode = msgspec.json.Encoder().encode


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What went otherwise. code: `refused`, `malformed`, `unavailable`, `in_flight`, `deadline_exceeded`, ..."""

    status: int
    code: str
    detail: str = ""
    refusal: str = ""
    facts: msgspec.Raw = msgspec.Raw(b"{}")
    rests: bool = False
    """Whether it is because somebody outside the shop is let rest; a caller of release 0.1.0 does not read this."""


_problems = msgspec.json.Decoder(Problem)


def problem(
    code: str, *, status: int, detail: str = "", refusal: Refusal | None = None, rests: bool = False
) -> HttpResponse:
    """An answer that tells what went otherwise."""
    facts = msgspec.Raw(_encode(refusal.facts) if refusal else b"{}")
    refused = refusal.code if refusal else ""
    told = Problem(status=status, code=code, detail=detail, refusal=refused, facts=facts, rests=rests)
    response = HttpResponse(_encode(told), status=status, content_type=PROBLEM_JSON)
    response._has_been_logged = True  # type: ignore[attr-defined]  # the caller tells it; not again by Django
    if refusal and refusal.is_replayed:
        response.headers[REPLAYED] = "true"
    return response


def answer(value: Any, *, replayed: bool) -> HttpResponse:
    """An answer with what was asked for."""
    response = HttpResponse(_encode(value), content_type=JSON)
    if replayed:
        response.headers[REPLAYED] = "true"
    return response


def problem_in(body: bytes) -> Problem:
    """What the callee told; one without a code if it was not a process of this shop that answered."""
    try:
        return _problems.decode(body)
    except msgspec.DecodeError:
        return Problem(status=0, code="")


def restored(told: Problem, *, replayed: bool) -> Refusal:
    """The refusal as its callee raised it. Still a no where its type, or its facts, are of a later release."""
    known = REFUSALS.get(told.refusal)
    try:
        facts = msgspec.json.decode(told.facts, type=known.Facts) if known else None
    except msgspec.ValidationError:
        facts = None
    if known is None or facts is None:
        refusal: Refusal = UnknownRefusal(refusal=told.refusal, told=told.detail)
    else:
        refusal = known(**{name: getattr(facts, name) for name in facts.__struct_fields__})
    refusal.is_replayed = replayed
    return refusal
