"""What a race needs: goods, many shoppers with a checkout each, one start, and the facts that came of it."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connections

from modules.checkout.models import Order
from modules.inventory.interface import Inventory
from modules.payments.sandbox.models import BankPayment
from storefront.database import deadlock
from storefront.interface import connect
from storefront.testing.world import World
from storefront.topology import has_sagas, modules_here
from tests.journeys.crowd import at_once, eventually
from tests.journeys.shop import VISA, Shopper, shelve
from tests.races.servers import Servers

SETTLE_SECONDS = 120
PREPARING = 8
"""Who fill their carts at a time."""


class Entry(NamedTuple):
    """A shopper with all told, one call away from an order."""

    shopper: Shopper
    checkout: dict[str, Any]

    def buy(self) -> Any:
        """That call, and what a patient client does about its answer."""
        return eventually(self.shopper, self.checkout, key=f"buy-{self.checkout['id']}")


class Scene:
    """The shop, in web processes or here."""

    def __init__(self, world: World, servers: Servers | None = None) -> None:
        self.world = world
        self.servers = servers

    def shopper(self, number: int = 0) -> Shopper:
        """The next one is served by the next process."""
        return Shopper(self.servers.client(number) if self.servers else None)

    def machine(self, number: int, key: str) -> Shopper:
        """A client with an API key."""
        caller = self.shopper(number)
        caller.client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {key}"
        return caller

    def shelve(self, sku: str, on_hand: int, **policy: Any) -> None:
        """Put a product on sale."""
        shelve(self.world, sku, on_hand=on_hand, **policy)
        self.settle()

    def entries(self, count: int, *lines: tuple[str, int], token: str = VISA) -> list[Entry]:
        """So many shoppers who want the same."""

        def prepared(number: int) -> Entry:
            shopper = self.shopper(number)
            try:
                return Entry(shopper, shopper.checkout(*lines, token=token))
            finally:
                connections.close_all()

        with ThreadPoolExecutor(PREPARING) as threads:
            return list(threads.map(prepared, range(count)))

    def rush(self, actions: Sequence[Callable[[], Any]]) -> list[Any]:
        """All at the same moment, the shop at work meanwhile; then let it settle."""
        with self.at_work():
            answers = at_once(actions)
        self.settle()
        return answers

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """What follows orders is done meanwhile. Nobody here is a deadlock's victim; servers log theirs."""
        with _deadlocks() as broken:
            if self.servers:
                yield
            else:
                with self.world.at_work():
                    yield
        assert broken == [], "PostgreSQL had to break a deadlock."

    def settle(self) -> None:
        """Wait until nothing is left to do, also what a busy machine had put off for a moment."""
        give_up_at = time.monotonic() + SETTLE_SECONDS
        while True:
            if self.servers is None:
                self.world.settle()
            left = _left()
            if not left:
                return
            assert time.monotonic() < give_up_at, f"The shop did not settle: {left}"
            time.sleep(0.05)

    def available(self, sku: str) -> int:
        """Units that may still be promised."""
        (found,) = connect(Inventory).availability(skus=(sku,))
        return found.available


def _left() -> list[str]:
    """Deliveries and sagas that are not done."""
    owed = [(module, apps.get_model(module, "Delivery").objects.all()) for module in modules_here()]
    sagas = [
        (module, apps.get_model(module, "SagaRow").objects.exclude(next_at=None))
        for module in modules_here() if has_sagas(module)
    ]
    return [f"{module}: {row}" for module, rows in (*owed, *sagas) for row in rows[:5]]


@contextmanager
def _deadlocks() -> Iterator[list[str]]:
    """What this process tells of deadlocks meanwhile.

    PostgreSQL counts them in statistics that a connection reports only when it is idle: too late to be asked.
    """
    told: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: told.append(record.getMessage())  # type: ignore[method-assign]
    deadlock.log.addHandler(handler)
    try:
        yield told
    finally:
        deadlock.log.removeHandler(handler)


def orders() -> int:
    """Orders that were placed."""
    return Order.objects.count()


def charges() -> list[int]:
    """What the bank took for each payment that it took anything for, in minor units, less what it gave back."""
    taken = BankPayment.objects.filter(captured__gt=0).values_list("captured", "refunded")
    return sorted(captured - refunded for captured, refunded in taken)
