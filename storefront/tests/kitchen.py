"""A consumer of toy facts, borrowed for the tables of a real module; it may be told to fail."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps

from storefront.database.unit import unit_of_work
from storefront.events import NotYet, outbox, publish
from storefront.events.delivery import Batch
from storefront.events.subscription import HANDLERS
from storefront.tests.toy import MODULE, FruitPicked

CONSUMER = "cart"


class Kitchen:
    """Hears of fruit."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, int]] = []
        self.fails_on: set[str] = set()
        self.waits_for: set[str] = set()

    def hear(self, event: FruitPicked) -> None:
        """Remember it, or fail."""
        if event.fruit in self.fails_on:
            raise RuntimeError(f"{event.fruit} does not fit.")
        if event.fruit in self.waits_for:
            raise NotYet(f"{event.fruit} is not ripe.")
        self.heard.append((event.fruit, event.pieces))


@contextmanager
def open_kitchen(kitchen: Kitchen | None = None) -> Iterator[Kitchen]:
    """The kitchen listens as `CONSUMER`; an ordinary one, if none is given."""
    kitchen = kitchen or Kitchen()
    HANDLERS[FruitPicked.event_type] = {CONSUMER: [kitchen.hear]}
    try:
        yield kitchen
    finally:
        del HANDLERS[FruitPicked.event_type]


def picked(*facts: tuple[str, int]) -> None:
    """Announce fruit: its name and how many pieces."""
    with unit_of_work(MODULE):
        for fruit, pieces in facts:
            publish(FruitPicked(fruit=fruit, pieces=pieces))


def claimed() -> Batch:
    """What is owed to the kitchen now, leased."""
    (batch,) = outbox.claim(MODULE)
    return batch


def owed() -> int:
    """How many deliveries the orchard has open."""
    return int(apps.get_model(MODULE, "Delivery").objects.count())
