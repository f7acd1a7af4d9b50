"""The shop that every play begins with: built once per process, in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from django.core.management import call_command

from storefront.testing.simulation.clockwork import played_time
from storefront.testing.simulation.memory import Memory
from storefront.testing.simulation.stage import Stage
from storefront.testing.simulation.trouble import Troubles
from storefront.testing.world import World
from tests.journeys.shop import shelve

STOCK = {"RED-MUG": 4, "BLUE-MUG": 2, "GREEN-MUG": 30, "LAST-MUG": 1, "LATE-MUG": 1}
"""On hand at the beginning."""
LATE = 3
"""So many of LATE-MUG may be promised before they have come."""


@cache
def premises() -> Memory:
    """Databases in memory, with goods on sale and on the shelf."""
    memory = Memory()
    stage = Stage(0, Troubles({}), memory.adopted)
    with memory.adopted(), played_time(stage):
        call_command("migrate", verbosity=0)
        world = World()
        for sku, on_hand in STOCK.items():
            policy = {"backorder_limit": LATE} if sku == "LATE-MUG" else {"low_stock_threshold": 1}
            shelve(world, sku, on_hand=on_hand, **policy)
    memory.keep()
    return memory


@contextmanager
def opened(stage: Stage) -> Iterator[Memory]:
    """The shop as it was built, in the hands of a play."""
    memory = premises()
    with memory.adopted(), memory.played(stage):
        yield memory
