"""People who only browse while others buy at a bank that is well, slow or failing: `python -m benchmarks bystanders`.

Both come at a rate that nothing slows down, the same in each state of the bank, so that the machine has the same to do.
The states are measured in turns, each from its onset, in a shop of its own; the bank is well a second time in each,
which shows how much two equal measurements differ on this machine. What the bank is asked is counted at the bank.
"""

import argparse
import os
import random
import sys
from contextlib import ExitStack
from pathlib import Path

import msgspec

from benchmarks import shop as shops
from benchmarks.database import Database, default_url
from benchmarks.goods import read_goods
from benchmarks.illness import VARIABLE, Bedside, Illness, Questions
from benchmarks.journey import Shopper
from benchmarks.load import Watch, settle
from benchmarks.phase import STATES, WELL, Phase, Turn, misses, ratio, table
from benchmarks.shop import Server, Shop
from benchmarks.visitors import Stream, come
from benchmarks.wire import Journey


def main(arguments: list[str]) -> int:
    """Measure, print, and exit 1 if who browses is kept waiting, or the bank is asked too often."""
    wanted = _arguments(arguments)
    database = Database(wanted.database)
    with ExitStack() as stack:
        files = stack.enter_context(shops.files())
        database.make()
        stack.callback(database.drop)
        Shop(database, files).seed(wanted.products)
        database.tidy()
        turns = [_turn(number, database, files, wanted) for number in range(wanted.runs)]
        served = Shop(database, files).how_served(workers=wanted.workers, threads=wanted.threads)
    missed = misses(turns, workers=wanted.workers)
    verdict = missed or ["Every target is reached."]
    print("\n\n".join(["# Bystanders", _conditions(served, wanted), table(turns), *verdict]))
    if wanted.report:
        figures = {"turns": turns, "ratios": {state: ratio(turns, state) for state in STATES}}
        wanted.report.with_suffix(".json").write_bytes(msgspec.json.format(msgspec.json.encode(figures)))
    return 1 if missed else 0


def _turn(number: int, seeded: Database, files: Path, wanted: argparse.Namespace) -> Turn:
    """Every state once: the bank well at the beginning and at the end, and ill in another order each time."""
    ill = [state for state in STATES if state not in WELL]
    turn: Turn = {}
    for state in ("well", *ill[number % len(ill) :], *ill[: number % len(ill)], "well again"):
        turn[state] = found = _lived_through(state, seeded, files, wanted)
        told = f"p99 {found.browse_p99:.1f} ms, asked {found.first} + {found.again}, heard {found.heard}"
        print(f"Run {number + 1}, {state}: {told}", file=sys.stderr, flush=True)
    return turn


def _lived_through(state: str, seeded: Database, files: Path, wanted: argparse.Namespace) -> Phase:
    """In a shop of its own, for what an illness leaves behind takes minutes to be seen to."""
    with ExitStack() as stack:
        database = seeded.copied("bystanders")
        stack.callback(database.drop)
        shop, bedside = Shop(database, files), Bedside(files)
        shop.environment |= {"DJANGO_SETTINGS_MODULE": "benchmarks.bank_settings", VARIABLE: str(files)}
        server = stack.enter_context(shop.served(workers=wanted.workers, threads=wanted.threads))
        stack.callback(bedside.fall_ill, Illness())  # before the server ends, that it may
        streams = _streams(server, tuple(database.skus()), wanted)
        come(server.origin, streams, seconds=wanted.warm_up, connections=wanted.connections)
        settle(database)
        bedside.forget()
        bedside.fall_ill(STATES[state])
        watched = Watch(server, database)
        browsing, buying = come(server.origin, streams, seconds=wanted.seconds, connections=wanted.connections)
        others = watched.others_cores(browsing.seconds)
        return Phase.of(browsing, buying, Questions.of(bedside.asked()), others_cores=others)


def _streams(server: Server, skus: tuple[str, ...], wanted: argparse.Namespace) -> tuple[Stream, Stream]:
    """Who browses, and who buys."""
    goods = read_goods(server.origin, clients=wanted.connections, products=wanted.products)
    shopper = Shopper(server.origin, goods._replace(skus=skus))

    def browse() -> Journey:
        return random.choice((shopper.list_products, shopper.show_product))()

    return Stream(browse, wanted.browsers), Stream(shopper.place_order, wanted.buyers)


def _conditions(served: str, wanted: argparse.Namespace) -> str:
    return (
        f"{served}; every second {wanted.browsers:g} people look at something and {wanted.buyers:g} order;"
        f" each state {wanted.seconds:g} s, times {wanted.runs}; load {os.getloadavg()[0]:.1f} at the end"
        " (its own included)"
    )


def _arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks bystanders", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--database", default=default_url(), help="PostgreSQL: dropped and made anew")
    parser.add_argument("--products", type=int, default=500)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2, help="per worker")
    parser.add_argument("--browsers", type=float, default=150.0, help="who come to look at something, per second")
    parser.add_argument("--buyers", type=float, default=5.0, help="who come to order, per second")
    parser.add_argument("--connections", type=int, default=32, help="that each of the two keep")
    parser.add_argument("--warm-up", type=float, default=5.0, help="seconds before, with the bank well")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each state in a run")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--report", type=Path, help="write <report>.json")
    return parser.parse_args(arguments)
