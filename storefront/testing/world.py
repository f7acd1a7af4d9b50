"""The shop in a test's hand: call it, let it settle, read what it announced, turn its clock."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

from django.apps import apps

from storefront import clock
from storefront.background import Background, work_nudged, work_once
from storefront.calls import transport
from storefront.events.event import EVENTS, Envelope, Event, opened
from storefront.ids import ulid
from storefront.interface import Interface, connect
from storefront.nudge import awake, nudged
from storefront.testing.client import client
from storefront.testing.fake import FakeCarrier
from storefront.testing.managing import Said, managed
from storefront.topology import modules_here

E = TypeVar("E", bound=Event)
I = TypeVar("I", bound=Interface)  # noqa: E741
MAX_ROUNDS = 100


class TurnableClock:
    """The platform's clock, which a test may move forward."""

    def advance(self, **duration: float) -> None:
        """Move on by e.g. `minutes=11`."""
        clock.turn(timedelta(**duration))


class World:
    """What a test knows of the shop; the same in every topology."""

    def __init__(self) -> None:
        self.client = client()
        self.clock = TurnableClock()

    def connect(self, face: type[I]) -> I:
        """A working instance of a face."""
        return connect(face)

    def key(self) -> str:
        """The key of a new intent."""
        return f"test:{ulid()}"

    def fake(self, face: type[Interface], **operations: Callable[..., Any]) -> FakeCarrier:
        """Stand in for the module behind `face` until the test ends."""
        carrier = FakeCarrier(face, operations)
        transport.STAND_INS[face.module] = carrier
        return carrier

    def settle(self) -> None:
        """Deliver, run sagas and jobs until nothing is due. What waits for a later time stays."""
        for _ in range(MAX_ROUNDS):
            nudged()  # all of it is done below
            if not work_once(modules_here()):
                return
        raise AssertionError(f"The shop did not settle in {MAX_ROUNDS} rounds.")

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """The shop's background thread runs meanwhile, as in a serving process; needs real commits."""
        background = Background(modules_here())
        background.start()
        try:
            yield
        finally:
            background.stop()
            background.join()

    def manage(self, module: str, *words: str) -> Said:
        """Give a command of `manage.py` in the process that runs this module."""
        return managed(words)

    def settle_nudged(self) -> None:
        """Do what commits of this test have left to do, as the serving process does between its polls."""
        while awake.is_set():
            work_nudged(modules_here())

    def published(self, event: type[E]) -> list[E]:
        """The facts of this type announced so far, in order."""
        module = event.event_type.partition(".")[0]
        rows = apps.get_model(module, "Outbox").objects.filter(type=event.event_type).order_by("occurred_at", "id")
        assert EVENTS[event.event_type] is event
        return [opened(_envelope(row)) for row in rows]


def _envelope(row: Any) -> Envelope:
    return Envelope(
        id=row.id, type=row.type, version=row.version, subject=row.subject, occurred_at=row.occurred_at,
        payload=row.payload,
    )
