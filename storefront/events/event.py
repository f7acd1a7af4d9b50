"""What a fact looks like, and how an old version of it is read."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, ClassVar, dataclass_transform

import msgspec

from storefront.interface import Value, _ValueMeta


@dataclass_transform(kw_only_default=True, frozen_default=True)
class _EventMeta(_ValueMeta):
    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any) -> type:
        facts = {key: options.pop(key, None) for key in ("type", "version", "subject")}
        cls = super().__new__(mcs, name, bases, namespace, **options)
        if facts["type"]:
            mcs._register(cls, facts)
        return cls

    @staticmethod
    def _register(event: Any, facts: dict[str, Any]) -> None:
        if EVENTS.get(facts["type"], event).__qualname__ != event.__qualname__:
            raise TypeError(f"Two events are called {facts['type']!r}.")
        if facts["subject"] not in event.__struct_fields__:
            raise TypeError(f"{event.__name__}: the subject {facts['subject']!r} is not a field.")
        event.event_type, event.event_version, event.event_subject = facts["type"], facts["version"], facts["subject"]
        EVENTS[facts["type"]] = event


EVENTS: dict[str, type[Any]] = {}


class Event(Value, metaclass=_EventMeta):
    """A flat, past-tense fact. Subclass with `type="module.fact"`, `version` and the `subject` field."""

    event_type: ClassVar[str]
    event_version: ClassVar[int]
    event_subject: ClassVar[str]


class Envelope(Value):
    """A fact on its way: the attributes of CloudEvents 1.0 that we use, and the payload as JSON text."""

    id: str
    type: str
    version: int
    subject: str
    occurred_at: datetime
    payload: str
    traceparent: str = ""
    replay: str = ""

    @property
    def source(self) -> str:
        """The module that announced it."""
        return self.type.partition(".")[0]


_arriving: ContextVar[Envelope | None] = ContextVar("arriving", default=None)


@contextmanager
def arriving(envelope: Envelope) -> Iterator[None]:
    """Let the handlers that run meanwhile see the envelope of their event."""
    token = _arriving.set(envelope)
    try:
        yield
    finally:
        _arriving.reset(token)


def current_envelope() -> Envelope:
    """The envelope of the event that is being handled: its id and time, for what is kept or passed on.

    :raises LookupError: outside a handler
    """
    envelope = _arriving.get()
    if envelope is None:
        raise LookupError("No event is being handled here.")
    return envelope


Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
UPCASTERS: dict[tuple[str, int], Upcaster] = {}
"""By event type and the version that is read."""


def upcast(event_type: str, *, version: int) -> Callable[[Upcaster], Upcaster]:
    """Declare how a payload of `version` becomes one of the next version; the chain runs on reading."""

    def register(function: Upcaster) -> Upcaster:
        UPCASTERS[event_type, version] = function
        return function

    return register


def opened(envelope: Envelope) -> Any:
    """The event in an envelope, as today's type, whatever version it was written in.

    :raises LookupError: the type or its version is unknown here, or a step of the chain is missing
    """
    cls = EVENTS[envelope.type]
    if envelope.version > cls.event_version:
        raise LookupError(f"{envelope.type}: version {envelope.version} is newer than this process.")
    if envelope.version == cls.event_version:
        return msgspec.json.decode(envelope.payload, type=cls)
    payload = msgspec.json.decode(envelope.payload)
    for version in range(envelope.version, cls.event_version):
        payload = UPCASTERS[envelope.type, version](payload)
    return msgspec.convert(payload, type=cls)
