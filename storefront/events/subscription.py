"""Who hears what. A handler belongs to the module whose `handlers.py` declares it."""

from collections.abc import Callable
from typing import Any, TypeVar

from storefront.events.event import Event
from storefront.topology import topology
from storefront.topology.wiring import wiring

E = TypeVar("E", bound=Event)


class NotYet(Exception):
    """Raised by a handler: nothing is wrong, but something has to end first, and will. The fact is heard again."""


HANDLERS: dict[str, dict[str, list[Callable[[Any], None]]]] = {}
"""Event type -> module -> its handlers."""


def on(event: type[E]) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Call the decorated function for each such event, in a transaction of its module with the inbox row.

    It sees an event at least once per replay, in order per subject. It may not call other modules:
    where it must, it starts a saga.
    """

    def register(function: Callable[[E], None]) -> Callable[[E], None]:
        module = function.__module__.split(".")[1]
        HANDLERS.setdefault(event.event_type, {}).setdefault(module, []).append(function)
        return function

    return register


def subscribers_of(event_type: str) -> list[str]:
    """The modules that are owed each event of this type, by name: in this process or another.

    A module that runs nowhere in this topology is owed nothing: it would never take it.
    """
    somewhere = set(topology().modules)
    elsewhere = {hearer for hearer in wiring().events.get(event_type, ()) if hearer in somewhere}
    return sorted({*HANDLERS.get(event_type, ()), *elsewhere})


def subscribers_to(producer: str) -> set[str]:
    """The modules that hear anything of `producer`."""
    return {hearer for name in _types() if name.partition(".")[0] == producer for hearer in subscribers_of(name)}


def heard_by(subscriber: str) -> list[str]:
    """The types of event that a module is owed, by name."""
    return sorted(name for name in _types() if subscriber in subscribers_of(name))


def _types() -> set[str]:
    return {*HANDLERS, *wiring().events}
