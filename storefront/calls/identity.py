"""Who is calling: every request between processes is signed, and who may call whom is the import graph.

A signature covers method, path, body, deadline, key, caller and the time of sending. Whoever records a request can
repeat it for a minute, which is harmless: a command answers its key again, an event has its row in the inbox, and a
query changes nothing.
"""

import hashlib
import hmac
import time
from collections.abc import Iterator
from functools import cache

from django.conf import settings
from django.http import HttpRequest

from storefront.topology import process_here, topology
from storefront.topology.plan import Process
from storefront.topology.wiring import wiring

CALLER = "Storefront-Caller"
SENT_AT = "Storefront-Sent-At"
SIGNATURE = "Storefront-Signature"
DEADLINE_MS = "Deadline-Ms"
KEY = "Idempotency-Key"
FRESH_MS = 60_000
"""How old a request may be, and how far two machines' clocks may differ."""


class Forbidden(Exception):
    """The request is not signed by a process of ours (401), or that process may not ask this (403)."""

    def __init__(self, reason: str, *, status: int = 401) -> None:
        super().__init__(reason)
        self.status = status


def sign(method: str, path: str, body: bytes, *, key: str = "", deadline_ms: int | None = None) -> dict[str, str]:
    """The headers that say who sends this, now, and until when it is wanted.

    path: below the callee's URL, with its query string. deadline_ms: milliseconds left.
    """
    key_id, secret = next(iter(_keys().items()))
    caller, sent_at = process_here().name, str(time.time_ns() // 1_000_000)
    deadline = "" if deadline_ms is None else str(deadline_ms)
    signed = _signature(secret, method, path, body, deadline, key, caller, sent_at)
    headers = {CALLER: caller, SENT_AT: sent_at, SIGNATURE: f"{key_id}:{signed}"}
    if deadline:
        headers[DEADLINE_MS] = deadline
    if key:
        headers[KEY] = key
    return headers


def verify(request: HttpRequest) -> Process:
    """The process of this shop that signed the request.

    :raises Forbidden: it is not signed, not by a key of ours, not as it arrived, not now, or by nobody of this shop
    """
    told = request.headers
    key_id, _, given = told.get(SIGNATURE, "").partition(":")
    secret = _keys().get(key_id)
    if secret is None:
        raise Forbidden("It is not signed with a key of this shop.")
    caller, sent_at = told.get(CALLER, ""), told.get(SENT_AT, "")
    told_ms, key = told.get(DEADLINE_MS, ""), told.get(KEY, "")
    due = _signature(secret, request.method or "", _path(request), request.body, told_ms, key, caller, sent_at)
    if not hmac.compare_digest(due.encode(), given.encode()):
        raise Forbidden("The signature does not fit the request.")
    if abs(time.time_ns() // 1_000_000 - int(sent_at)) > FRESH_MS:
        raise Forbidden("It was sent too long ago, or the clocks of two machines differ.")
    process = next((each for each in topology().processes if each.name == caller), None)
    if process is None:
        raise Forbidden("No process of this topology has the caller's name.")
    return process


def may_call(caller: Process, module: str) -> bool:
    """Whether a module of `caller` imports the face of `module`."""
    return not wiring().callers_of(module).isdisjoint({caller.name, *caller.modules})


def parsed(text: str) -> Iterator[tuple[str, bytes]]:
    """Ids and secrets of `id:secret,id2:secret2`.

    :raises ValueError: an entry has no id, or no secret
    """
    for entry in filter(None, (part.strip() for part in text.split(","))):
        key_id, _, secret = entry.partition(":")
        if not key_id or not secret:
            raise ValueError("STOREFRONT_SERVICE_KEYS is a list of id:secret, with commas between.")
        yield key_id, secret.encode()


def _keys() -> dict[str, bytes]:
    return _keys_of(settings.STOREFRONT_SERVICE_KEYS, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@cache
def _keys_of(text: str, *secret_keys: str) -> dict[str, bytes]:
    """The keys in their order: the first signs, all verify. Without any they are derived from Django's secret keys."""
    return dict(parsed(text)) or dict(map(_derived, secret_keys))


def _derived(secret_key: str) -> tuple[str, bytes]:
    secret = hmac.digest(secret_key.encode(), b"storefront service key", "sha256")
    return f"derived-{hashlib.sha256(secret).hexdigest()[:8]}", secret


def _signature(secret: bytes, method: str, path: str, body: bytes, *told: str) -> str:
    """Every part is preceded by its length, so that no two requests sign the same text."""
    parts = (method, path, hashlib.sha256(body).hexdigest(), *told)
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hmac.new(secret, text.encode(), "sha256").hexdigest()


def _path(request: HttpRequest) -> str:
    asked = request.META.get("QUERY_STRING", "")
    return f"{request.path_info}?{asked}" if asked else request.path_info
