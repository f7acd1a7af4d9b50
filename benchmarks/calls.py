"""What a call between modules costs: the bare function, the call in one process, and the call through the codec.

    python -m benchmarks.calls

Without `DATABASE_URL` it uses the embedded databases of `DATA_DIR`, which must be migrated.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from storefront.interface import Interface, Value, connect, query

ROOT = Path(__file__).resolve().parent.parent
CALLS = {"nothing": 20_000, "query": 2_000, "command": 500}
"""How often each is measured."""


class Cost(msgspec.Struct):
    """Microseconds of one call."""

    call: str
    way: str
    p50: float
    p99: float


class Weight(Value):
    """What the scales say."""

    sku: str
    weight_g: int


class Scales(Interface, module="scales", version=1):
    """A face whose query needs no database, so that what is measured is the call."""

    @query(timeout=0.5)
    def weigh(self, *, skus: tuple[str, ...]) -> tuple[Weight, ...]:  # type: ignore[empty-body]
        """The weight of each."""


def weigh(*, skus: tuple[str, ...]) -> tuple[Weight, ...]:
    """The query's body."""
    return tuple([Weight(sku=sku, weight_g=400) for sku in skus])


def costs(environment: Mapping[str, str]) -> list[Cost]:
    """Measure in a process of its own, in the environment of a shop."""
    command = [sys.executable, "-m", "benchmarks.calls", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE)  # noqa: S603  # our own
    return msgspec.json.decode(done.stdout, type=list[Cost])


def cost_table(found: Sequence[Cost]) -> str:
    """A Markdown table."""
    lines = ["| call | way | p50 us | p99 us |", "| --- | --- | ---: | ---: |"]
    return "\n".join([*lines, *(f"| {each.call} | {each.way} | {each.p50:.1f} | {each.p99:.1f} |" for each in found)])


def measured() -> list[Cost]:
    """All calls in all ways. Django must be set up."""
    from django.conf import settings

    from storefront.calls.provider import PROVIDERS, Provider

    PROVIDERS["scales"] = Provider(Scales, sys.modules[__name__])
    found = []
    for name, direct, call in _pairs():
        found.append(_cost(name, "direct", direct))
        for way in ("local", "loopback"):
            settings.STOREFRONT_CALLS = way
            found.append(_cost(name, way, call))
    return found


def _pairs() -> Sequence[tuple[str, Callable[[], object], Callable[[], object]]]:
    """Each call as the bare function and through its face."""
    from modules.cart import services as cart_bodies
    from modules.cart.interface import Cart
    from modules.cart.market import Market
    from modules.inventory import queries as inventory_bodies
    from modules.inventory.interface import Inventory
    from storefront import clock
    from storefront.database.unit import unit_of_work
    from storefront.ids import ulid

    scales, inventory, cart = connect(Scales), connect(Inventory), connect(Cart)
    skus = ("MADE-000001-S",)

    def create() -> None:
        with unit_of_work("cart"):
            market = Market("EUR", frozenset(), {}, {})
            cart_bodies.create(currency="EUR", lines=(), metadata=(), facts=market, now=clock.now())

    return (
        ("nothing (a query without SQL)", lambda: weigh(skus=skus), lambda: scales.weigh(skus=skus)),
        (
            "query (availability of a SKU)",
            lambda: inventory_bodies.availability(skus=skus), lambda: inventory.availability(skus=skus),
        ),
        (
            "command (an empty cart)",
            create, lambda: cart.create(key=f"bench:{ulid()}", currency="EUR", lines=(), metadata=()),
        ),
    )


def _cost(name: str, way: str, call: Callable[[], object]) -> Cost:
    count = CALLS[name.partition(" ")[0]]
    for _ in range(count // 10):
        call()
    taken = []
    for _ in range(count):
        began_at = time.perf_counter()
        call()
        taken.append(time.perf_counter() - began_at)
    taken.sort()
    p50, p99 = (round(taken[int(count * share)] * 1_000_000, 2) for share in (0.5, 0.99))
    return Cost(name, way, p50, p99)


def main() -> None:
    """Measure, and print a table or, with `--json`, JSON."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    found = measured()
    print(msgspec.json.encode(found).decode() if "--json" in sys.argv else cost_table(found))


if __name__ == "__main__":
    main()
