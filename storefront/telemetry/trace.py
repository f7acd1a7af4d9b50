"""The W3C trace context of the work at hand, carried by calls and events."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_current: ContextVar[str] = ContextVar("traceparent", default="")


def current_traceparent() -> str:
    """The `traceparent` of this work, or an empty string outside of any."""
    return _current.get()


def new_traceparent() -> str:
    """A trace that starts here. Source: W3C Trace Context, level 1."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


@contextmanager
def traced(traceparent: str) -> Iterator[None]:
    """Work that belongs to `traceparent`; a malformed one starts a new trace."""
    token = _current.set(traceparent if _TRACEPARENT.fullmatch(traceparent) else new_traceparent())
    try:
        yield
    finally:
        _current.reset(token)
