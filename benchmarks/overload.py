"""Three times the load that the shop can sustain: how much of it is done in time, and how soon the rest is told so.

    python -m benchmarks.overload

The sustainable load is what 8 clients in a loop reach. Then requests arrive at multiples of it, however slowly they are
answered; each client waits a second. What is measured: a cart with a line, which asks catalog and inventory.
"""

import argparse
import os
import random
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

import msgspec

from benchmarks import shop as shops
from benchmarks.__main__ import tell
from benchmarks.arrivals import Crowd, Offered
from benchmarks.database import Database, default_url
from benchmarks.goods import read_goods
from benchmarks.journey import expect
from benchmarks.shop import Shop
from benchmarks.wire import Journey, drive, request

MULTIPLES = (0.8, 3.0)
GOODPUT = 0.8
"""Of the sustainable load that must still be done in time at three times as much."""
SHED_P50_MS = 50.0


def main() -> int:
    """Seed a small shop, find what it sustains, ask more of it. Returns 1 if a target is missed."""
    wanted = _arguments()
    database = Database(wanted.database)
    with ExitStack() as stack:
        shop = Shop(database, stack.enter_context(shops.files()))
        tell(f"Seeding {wanted.products} products ...")
        database.make()
        stack.callback(database.drop)
        shop.seed(wanted.products)
        database.tidy()
        server = stack.enter_context(shop.served(workers=wanted.workers, threads=wanted.threads))
        _come_first()
        skus = read_goods(server.origin, clients=8, products=wanted.products).skus
        sustained = _sustained(server.origin, skus, seconds=wanted.seconds)
        tell(f"It sustains {sustained:.0f} carts a second.")
        offered = [_offered(server.origin, skus, sustained * each, seconds=wanted.seconds) for each in MULTIPLES]
    print(table(sustained, offered))
    if wanted.report:
        wanted.report.write_bytes(msgspec.json.format(msgspec.json.encode({"sustained": sustained, "at": offered})))
    missed = misses(sustained, offered[-1])
    print("\n".join(missed) or "Every target is reached.")
    return 1 if missed else 0


def misses(sustained: float, overload: Offered) -> list[str]:
    """The targets that were not reached, a sentence each."""
    found = []
    if overload.goodput < GOODPUT * sustained:
        found.append(f"Goodput is {overload.goodput:.0f} per second, {GOODPUT * sustained:.0f} wanted.")
    if overload.shed and overload.shed_p50 > SHED_P50_MS:
        found.append(f"Half of what is shed hears so after {overload.shed_p50:.0f} ms, {SHED_P50_MS:.0f} wanted.")
    if overload.failed:
        found.append(f"{overload.failed} requests were neither done nor turned away.")
    return found


def table(sustained: float, offered: Sequence[Offered]) -> str:
    """A Markdown table, a line for each load."""
    titles = (
        "asked per second", "of what is sustained", "done in time per second", "p50 ms", "p99 ms", "turned away",
        "p50 ms", "p99 ms", "done too late", "failed",
    )
    lines = [f"| {' | '.join(titles)} |", f"|{' ---: |' * len(titles)}"]
    for each in offered:
        cells = (
            f"{each.rate:.0f}", f"{each.rate / sustained:.1f}", f"{each.goodput:.0f}", f"{each.done_p50:.1f}",
            f"{each.done_p99:.1f}", str(each.shed), f"{each.shed_p50:.1f}", f"{each.shed_p99:.1f}", str(each.late),
            str(each.failed),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _come_first() -> None:
    """Let the driver have a core when it needs one, where it may: clients of a shop are not slowed by its load."""
    with suppress(PermissionError):
        os.nice(-10)


def _cart(origin: str, skus: Sequence[str]) -> bytes:
    body = f'{{"currency":"EUR","lines":[{{"sku":"{random.choice(skus)}","quantity":1}}]}}'
    return request("POST", "/api/v1/carts", host=origin.rpartition("/")[2], body=body.encode())


def _sustained(origin: str, skus: Sequence[str], *, seconds: float) -> float:
    def begin() -> Journey:
        expect(201, (yield _cart(origin, skus)))

    drive(origin, begin, clients=8, seconds=2)
    tally = drive(origin, begin, clients=8, seconds=seconds)
    return len(tally.durations) / tally.seconds


def _offered(origin: str, skus: Sequence[str], rate: float, *, seconds: float) -> Offered:
    tell(f"Asking for {rate:.0f} a second ...")
    return Crowd(origin, lambda: _cart(origin, skus)).come(rate, seconds=seconds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overload", description=main.__doc__)
    parser.add_argument("--database", default=default_url(), help="PostgreSQL: dropped and made anew")
    parser.add_argument("--products", type=int, default=500)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2, help="per worker")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--report", type=Path, help="write the figures as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
