"""Measures everything: `make bench`, or `python -m benchmarks --help`.

Also `python -m benchmarks topologies | hot | bystanders`.
"""

import argparse
import os
import platform
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
import psycopg

from benchmarks import bystanders, hot, topologies
from benchmarks import shop as shops
from benchmarks.calls import Cost, cost_table, costs
from benchmarks.database import Database, default_url
from benchmarks.goods import read_goods
from benchmarks.journey import Shopper
from benchmarks.load import counted, measure, settle
from benchmarks.report import Measured, median, missed, table
from benchmarks.shop import Shop
from benchmarks.wire import drive

HISTORY = 500


def main() -> int:
    """Set a shop up, load it, count its statements, measure calls, and write the report."""
    wanted = _arguments()
    try:
        return _bench(wanted)
    except psycopg.OperationalError as error:
        tell(f"PostgreSQL cannot be reached: {error}\nStart it, or say where it is: DATABASE_URL=postgres://...")
        return 2


def _bench(wanted: argparse.Namespace) -> int:
    database = Database(wanted.database)
    with ExitStack() as stack:
        shop = Shop(database, stack.enter_context(shops.files()))
        if not (wanted.keep and database.exists()):
            tell(f"Seeding {wanted.products} products ...")
            database.make()
            shop.seed(wanted.products)
            _trade(shop, wanted)
        if not wanted.keep:
            stack.callback(database.drop)
        database.tidy()
        measured = _load(shop, wanted)
        calls = costs(shop.environment)
        conditions = _conditions(shop, wanted)
    written = text(conditions, measured, calls)
    print(written)
    if wanted.report:
        figures = msgspec.json.encode({"conditions": conditions, "journey": measured, "calls": calls})
        wanted.report.with_suffix(".json").write_bytes(msgspec.json.format(figures))
        wanted.report.with_suffix(".md").write_text(written + "\n")
    return 1 if any(each.failures for each in measured) else 0


def tell(sentence: str) -> None:
    """Progress, beside the figures."""
    print(sentence, file=sys.stderr, flush=True)


def text(conditions: dict[str, Any], measured: list[Measured], calls: list[Cost]) -> str:
    """The report for people."""
    said = "\n".join(f"- {name}: {value}" for name, value in conditions.items())
    failures = [f"{each.name}: {count} times {why}" for each in measured for why, count in each.failures.items()]
    verdict = f"Not reached: {'; '.join(missed(measured))}." if missed(measured) else "Every target is reached."
    parts = ["# What the shop bears", said, "## The journey", table(measured), verdict, *failures]
    for each in measured:
        if len(each.requests_p99) > 1:
            parts.append(f"p99 of each request of `{each.name}`, in ms: {', '.join(map(str, each.requests_p99))}")
        if each.settled_s and each.settled_s > 0.1:
            parts.append(f"`{each.name}`: all that follows was done {each.settled_s} s after the last answer.")
    return "\n\n".join([*parts, "## A call", cost_table(calls)])


def _trade(shop: Shop, wanted: argparse.Namespace) -> None:
    """Some history: no shop is empty, and PostgreSQL plans otherwise for tables that are."""
    with shop.served(workers=wanted.workers, threads=wanted.threads) as server:
        tell(f"Trading: {HISTORY} carts and {HISTORY} orders ...")
        goods = read_goods(server.origin, clients=wanted.clients, products=100)
        for operation in Shopper(server.origin, goods).operations()[2:]:
            drive(server.origin, operation.begin, clients=wanted.clients, count=HISTORY)
        settle(shop.database)


def _load(shop: Shop, wanted: argparse.Namespace) -> list[Measured]:
    with shop.served(workers=wanted.workers, threads=wanted.threads) as server:
        tell("Reading what the shop has ...")
        goods = read_goods(server.origin, clients=wanted.clients, products=wanted.products)
        operations = [each for each in Shopper(server.origin, goods).operations() if each.name in wanted.only]
        runs: dict[str, list[Measured]] = {each.name: [] for each in operations}
        for number in range(wanted.runs):
            for operation in operations:
                found = measure(server, shop.database, operation, clients=wanted.clients, seconds=wanted.seconds)
                runs[operation.name].append(found)
                tell(f"Run {number + 1}, {operation.name}: {found.rate:.0f}/s, p99 {found.p99:.0f} ms")
    measured = [median(runs[each.name]) for each in operations]
    with shop.served(application="benchmarks.counting:application", workers=1, threads=1) as server:
        tell("Counting statements ...")
        operations = [each for each in Shopper(server.origin, goods).operations() if each.name in wanted.only]
        return [counted(server, shop.database, *pair) for pair in zip(operations, measured, strict=True)]


def _conditions(shop: Shop, wanted: argparse.Namespace) -> dict[str, Any]:
    postgresql = ", ".join(f"{name} {value}" for name, value in shop.database.settings().items())
    return {
        "served by": shop.how_served(workers=wanted.workers, threads=wanted.threads),
        "Python": platform.python_version(),
        "driver": f"{wanted.clients} clients on the same machine, median of {wanted.runs} runs of {wanted.seconds:g} s",
        "machine": f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end (its own included)",
        "shop": f"{wanted.products} products of two variants, some history",
        "PostgreSQL": postgresql,
    }


def _arguments() -> argparse.Namespace:
    names = ["list", "detail", "cart + line", "order"]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    parser.add_argument("--database", default=default_url(), help="PostgreSQL: dropped and made anew")
    parser.add_argument("--keep", action="store_true", help="use the database if it is there, and leave it there")
    parser.add_argument("--products", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2, help="per worker")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", action="append", choices=names, help="an operation; again for another")
    parser.add_argument("--report", type=Path, help="write <report>.md and <report>.json")
    wanted = parser.parse_args()
    wanted.only = wanted.only or names
    return wanted


def heed_sigterm() -> None:
    """Let SIGTERM end this process as an error does: servers are stopped, databases dropped, files removed."""
    signal.signal(signal.SIGTERM, _leave)


def _leave(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # once is enough: what was begun is being undone
    sys.exit(128 + number)


if __name__ == "__main__":
    heed_sigterm()
    others = {"topologies": topologies.main, "hot": hot.main, "bystanders": bystanders.main}
    asked = others.get(sys.argv[1] if sys.argv[1:] else "")
    sys.exit(asked(sys.argv[2:]) if asked else main())
