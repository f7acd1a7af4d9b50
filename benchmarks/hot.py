"""Full orders on one SKU against full orders over many: `python -m benchmarks hot`.

Both are measured in turns in one run, so that what else the machine does falls on both. Then a SKU is sold out: with
more buyers than units, each unit must be sold and nobody refused while one is left.
"""

import argparse
import os
import statistics
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from benchmarks import shop as shops
from benchmarks.database import Database, default_url
from benchmarks.goods import Goods
from benchmarks.journey import Operation, Shopper
from benchmarks.load import measure, settle
from benchmarks.report import Measured
from benchmarks.shop import ROOT, Server, Shop
from benchmarks.wire import drive

TARGET = 0.70
"""What orders on one SKU must reach of the orders over many."""
REFUSED = "409 inventory.out_of_stock"
KINDS = 200
PLENTY = 1_000_000


class SellOut(NamedTuple):
    """More buyers than units, each of whom asks once."""

    units: int
    buyers: int
    sold: int
    refused: int
    failures: dict[str, int]
    seconds: float

    @property
    def undersold(self) -> int:
        """Units left over while somebody was refused."""
        return max(0, min(self.units, self.buyers) - self.sold)

    @property
    def oversold(self) -> int:
        """Orders without a unit."""
        return max(0, self.sold - self.units)

    @property
    def falsely_refused(self) -> int:
        """Buyers who were refused though a unit was theirs."""
        return max(0, self.refused - max(0, self.buyers - self.units))


def main(arguments: list[str]) -> int:
    """Measure, print, and exit 1 if the target or exactness is missed."""
    wanted = _arguments(arguments)
    database = Database(wanted.database)
    with ExitStack() as stack:
        shop = Shop(database, stack.enter_context(shops.files()))
        database.make()
        stack.callback(database.drop)
        shop.manage("migrate", "--verbosity=0")
        _shelve(shop, "MANY", kinds=KINDS, units=PLENTY)
        _shelve(shop, "HOT", kinds=1, units=PLENTY)
        _shelve(shop, "LAST", kinds=1, units=wanted.stock)
        database.tidy()
        server = stack.enter_context(shop.served(workers=wanted.workers, threads=wanted.threads))
        served = f"{shop.how_served(workers=wanted.workers, threads=wanted.threads)}, {wanted.clients} clients"
        runs = _in_turns(server, database, wanted)
        sold_out = _sell_out(server, database, wanted)
    hot, many = (statistics.median(run.rate for run in runs[name]) for name in ("one SKU", "many SKUs"))
    print(text(runs, hot / many, sold_out, served))
    if wanted.report:
        figures = {"runs": runs, "ratio": hot / many, "sell_out": sold_out._asdict()}
        wanted.report.with_suffix(".json").write_bytes(msgspec.json.format(msgspec.json.encode(figures)))
    return 0 if hot / many >= TARGET and is_exact(sold_out) and not _failed(runs) else 1


def is_exact(sold_out: SellOut) -> bool:
    """Whether every unit found its buyer, and nobody was told anything else."""
    return not (sold_out.undersold or sold_out.oversold or sold_out.falsely_refused or sold_out.failures)


def text(runs: dict[str, list[Measured]], ratio: float, sold_out: SellOut, served: str) -> str:
    """The report for people."""
    falsely = sum(run.failures.get(REFUSED, 0) for run in runs["one SKU"])
    told = (
        f"Sold out: {sold_out.units} units, {sold_out.buyers} buyers, {sold_out.seconds:.1f} s: {sold_out.sold} sold,"
        f" {sold_out.refused} told that there is none left; oversold {sold_out.oversold},"
        f" undersold {sold_out.undersold}, falsely refused {sold_out.falsely_refused}."
    )
    every = [run for measured in runs.values() for run in measured]
    return "\n".join([
        "# One hot SKU", "", f"{served}, load {os.getloadavg()[0]:.1f} at the end (its own included)", "",
        *(_line(name, measured) for name, measured in runs.items()),
        f"- one SKU reaches {ratio:.0%} of many SKUs (wanted: {TARGET:.0%}); false refusals: {falsely}", "", told,
        *(f"Failed: {count} times {why}" for run in every for why, count in run.failures.items()),
        *(f"Failed in the sell-out: {count} times {why}" for why, count in sold_out.failures.items()),
    ])


def _line(name: str, measured: list[Measured]) -> str:
    rates = ", ".join(f"{run.rate:.1f}" for run in measured)
    p99, settled = statistics.median(run.p99 for run in measured), max(run.settled_s or 0 for run in measured)
    return f"- {name}: {rates} orders/s, p99 {p99:.0f} ms, all that follows done {settled:.1f} s later"


def _in_turns(server: Server, database: Database, wanted: argparse.Namespace) -> dict[str, list[Measured]]:
    """A run of each, and again, the first of the two alternating."""
    operations = {
        "one SKU": _orders(server, "HOT-0"), "many SKUs": _orders(server, *(f"MANY-{n}" for n in range(KINDS))),
    }
    runs: dict[str, list[Measured]] = {name: [] for name in operations}
    for number in range(wanted.runs):
        for name in sorted(operations, reverse=bool(number % 2)):
            found = measure(server, database, operations[name], clients=wanted.clients, seconds=wanted.seconds)
            runs[name].append(found)
            print(f"Run {number + 1}, {name}: {found.rate:.1f}/s, p99 {found.p99:.0f} ms", file=sys.stderr, flush=True)
    return runs


def _sell_out(server: Server, database: Database, wanted: argparse.Namespace) -> SellOut:
    buyers = wanted.stock + wanted.stock // 4
    tally = drive(server.origin, _orders(server, "LAST-0").begin, clients=wanted.crowd, count=buyers)
    settle(database)
    failures = dict(tally.failures)
    refused = failures.pop(REFUSED, 0)
    return SellOut(wanted.stock, buyers, len(tally.durations), refused, failures, tally.seconds)


def _orders(server: Server, *skus: str) -> Operation:
    shopper = Shopper(server.origin, Goods(lists=(), slugs=(), skus=skus))
    return Operation("order", shopper.place_order, 3)


def _shelve(shop: Shop, prefix: str, *, kinds: int, units: int) -> None:
    command = [sys.executable, "-m", "benchmarks.hot_goods", prefix, f"--kinds={kinds}", f"--units={units}"]
    environment = shop.environment | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    subprocess.run(command, cwd=ROOT, env=environment, check=True)  # noqa: S603  # our own words


def _failed(runs: dict[str, list[Measured]]) -> bool:
    return any(run.failures for measured in runs.values() for run in measured)


def _arguments(arguments: list[str]) -> Any:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks hot", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", default=default_url(), help="PostgreSQL: dropped and made anew")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2, help="per worker")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--crowd", type=int, default=64, help="buyers at once in the sell-out")
    parser.add_argument("--stock", type=int, default=400, help="units in the sell-out; a quarter more people want one")
    parser.add_argument("--seconds", type=float, default=6.0, help="of one run")
    parser.add_argument("--runs", type=int, default=3, help="of each")
    parser.add_argument("--report", type=Path, help="write <report>.json")
    return parser.parse_args(arguments)
