"""What each topology costs, in one run: `python -m benchmarks topologies`. Writes the table of docs/topologies.md."""

import argparse
import contextlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import psycopg

from benchmarks import shop as shops
from benchmarks.database import Database, default_url
from benchmarks.fleet import HOST, Fleet, Missing, free_port, is_taken
from benchmarks.goods import Goods
from benchmarks.hop import Hop
from benchmarks.journey import Operation, Shopper
from benchmarks.load import settle
from benchmarks.processes import idle_cores, memory_mb
from benchmarks.report import percentile
from benchmarks.shop import ROOT, Shop
from benchmarks.wire import drive
from storefront.testing.broker import broker_of

TOPOLOGIES = ("monolith", "payments-out", "all-split", "celery-redis", "celery-rabbitmq")
DOCUMENT = ROOT / "docs" / "topologies.md"
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"
WARM_UP_SECONDS = 2.0
DRAIN_SECONDS = 60.0
REPLAYS = 2
"""How often the history is owed once more: enough batches for a rate."""
QUIET_CORES = 0.1
HOP_MS = 1.5
"""What a call one local HTTP hop away may cost, half of the time."""
SPLIT = ("payments-out", "all-split")
"""Where payments is one hop away from checkout."""


class Cost(msgspec.Struct, kw_only=True):
    """What one topology costs. Durations in milliseconds."""

    topology: str
    processes: int
    call: Hop
    orders: float
    """Orders per second."""
    order_p50: float
    order_p99: float
    failures: dict[str, int]
    events: float
    """Facts per second, from one module's outbox to another module's committed inbox."""
    memory: float
    """MB of all processes, after the load."""
    others: float
    """Cores that everybody else took in the second before."""


def main(arguments: Sequence[str]) -> int:
    """Measure every topology on the same shop, one after the other, and write the table."""
    wanted = _arguments(arguments)
    began_at = time.monotonic()
    try:
        with contextlib.ExitStack() as stack:
            costs = _measure_all(wanted, stack)
    except (psycopg.OperationalError, Missing) as error:
        print(error, file=sys.stderr)
        return 2
    text = report(costs, _conditions(wanted, costs, time.monotonic() - began_at))
    print(text)
    if not wanted.no_write:
        DOCUMENT.write_text(inserted(DOCUMENT.read_text(), text))
    return 1 if any(each.failures for each in costs) else 0


def _measure_all(wanted: argparse.Namespace, stack: contextlib.ExitStack) -> list[Cost]:
    seeded = Database(wanted.database)
    files = stack.enter_context(shops.files())
    _tell(f"Seeding {wanted.products} products ...")
    seeded.make()
    stack.callback(seeded.drop)
    Shop(seeded, files).seed(wanted.products)
    seeded.tidy()
    skus = tuple(seeded.skus())
    return [_measure(name, seeded, files, skus, wanted) for name in wanted.only]


def _measure(name: str, seeded: Database, files: Path, skus: tuple[str, ...], wanted: argparse.Namespace) -> Cost:
    _tell(f"{name} ...")
    others = idle_cores()
    with contextlib.ExitStack() as stack:
        database = seeded.copied(name)
        stack.callback(database.drop)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="storefront-fleet-")))
        broker = stack.enter_context(_broker(name, folder))
        fleet = Fleet(name, Shop(database, files), folder, broker)
        stack.enter_context(fleet.running())
        call = _called(fleet)
        order = next(each for each in Shopper(fleet.origin, Goods((), (), skus)).operations() if each.name == "order")
        drive(fleet.origin, order.begin, clients=wanted.clients, seconds=WARM_UP_SECONDS)
        settle(database)
        database.tidy()
        cost = _loaded(fleet, database, order, wanted)
        settle(database)
        return msgspec.structs.replace(
            cost, call=call, others=others, memory=memory_mb(fleet.pids()), events=_drained(fleet, database)
        )


def _called(fleet: Fleet) -> Hop:
    caller = fleet.topology.provider_of("checkout")
    assert caller
    command = [sys.executable, "-m", "benchmarks.hop"]
    done = subprocess.run(command, cwd=ROOT, env=fleet.environment(caller.name), check=True, stdout=subprocess.PIPE)  # noqa: S603
    return msgspec.json.decode(done.stdout, type=Hop)


def _loaded(fleet: Fleet, database: Database, order: Operation, wanted: argparse.Namespace) -> Cost:
    tally = drive(fleet.origin, order.begin, clients=wanted.clients, seconds=wanted.seconds)
    return Cost(
        topology=fleet.topology.name, processes=len(fleet.programs()), call=Hop(0, 0), events=0, memory=0, others=0,
        orders=round(len(tally.durations) / tally.seconds, 1), order_p50=percentile(tally.durations, 50),
        order_p99=percentile(tally.durations, 99), failures=tally.failures,
    )


def _drained(fleet: Fleet, database: Database) -> float:
    """Let inventory's history be owed to catalog once more, and see how fast it gets there."""
    fleet.hold_relays()
    monolith = fleet.environment("") | {"STOREFRONT_TOPOLOGY": "monolith"}
    for _ in range(REPLAYS):
        command = [sys.executable, "manage.py", "events", "replay", "inventory", "catalog"]
        subprocess.run(command, cwd=ROOT, env=monolith, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    owed = database.deliveries("inventory")
    fleet.release_relays()
    first = _when_below(database, owed)  # the relay looks once a second; that wait is not what is measured
    last = _when_below(database, 1)
    return round((first.left - last.left) / max(last.at - first.at, 0.001))


class _Sight(NamedTuple):
    at: float
    left: int


def _when_below(database: Database, limit: int) -> _Sight:
    give_up_at = time.monotonic() + DRAIN_SECONDS
    while (left := database.deliveries("inventory")) >= limit:
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"{left} facts are still owed after {DRAIN_SECONDS:.0f} s.")
        time.sleep(0.005)
    return _Sight(time.monotonic(), left)


@contextlib.contextmanager
def _broker(topology: str, folder: Path) -> Iterator[dict[str, str]]:
    """A virtual host on the RabbitMQ of this machine, or a Redis of our own."""
    if topology != "celery-redis":
        with broker_of(topology) as environment:
            yield environment
        return
    server = shutil.which("redis-server")
    if server is None:
        raise Missing("redis-server is not on this machine: install the package redis-server.")
    port = free_port()
    options = ["--port", str(port), "--bind", HOST, "--save", "", "--dir", str(folder)]
    process = subprocess.Popen([server, *options], stdout=subprocess.DEVNULL)  # noqa: S603  # our own words
    try:
        while not is_taken(port):
            time.sleep(0.02)
        yield {"STOREFRONT_BROKER_URL": f"redis://{HOST}:{port}"}
    finally:
        process.terminate()
        process.wait()


def report(costs: Sequence[Cost], conditions: Sequence[str]) -> str:
    """Table and conditions for people."""
    titles = [
        "topology", "programs", "call p50 ms", "call p99 ms", "orders/s", "order p50 ms", "order p99 ms", "events/s",
        "memory MB",
    ]
    lines = [f"| {' | '.join(titles)} |", f"| --- {'| ---: ' * (len(titles) - 1)}|"]
    for each in costs:
        cells = [
            str(each.processes), f"{each.call.p50:.2f}", f"{each.call.p99:.2f}", f"{each.orders:.1f}",
            f"{each.order_p50:.0f}", f"{each.order_p99:.0f}", f"{each.events:,.0f}", f"{each.memory:,.0f}",
        ]
        lines.append(f"| `{each.topology}` | {' | '.join(cells)} |")
    return "\n".join([*lines, "", *conditions])


def late(costs: Sequence[Cost]) -> list[Cost]:
    """The topologies whose hop takes too long."""
    return [each for each in costs if each.topology in SPLIT and each.call.p50 > HOP_MS]


def inserted(document: str, text: str) -> str:
    """The document with `text` between its marks."""
    before, _, rest = document.partition(BEGIN)
    return f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}"


def _conditions(wanted: argparse.Namespace, costs: Sequence[Cost], seconds: float) -> list[str]:
    others = max(each.others for each in costs)
    busy = "quiet" if others <= QUIET_CORES else "busy with other work: the figures are too low"
    before = ", ".join(f"{each.others:g}" for each in costs)
    date, python = time.strftime("%-d %B %Y", time.gmtime()), platform.python_version()
    failed = [(each.topology, count, why) for each in costs for why, count in each.failures.items()]
    return [
        f"- Measured on {date} in {seconds:.0f} s, Python {python}, on {os.cpu_count()} cores that carry everything:",
        "  the driver, nginx, PostgreSQL and the broker too.",
        f"- {wanted.clients} clients on kept connections, {wanted.seconds:g} s each, {wanted.products} products.",
        f"- In the second before each topology, others took {before} cores: {busy}.",
        *(f"- {each.topology}: one HTTP hop takes {each.call.p50:.2f} ms, {HOP_MS:g} wanted." for each in late(costs)),
        *(f"- {topology}: {count} orders were answered {why}." for topology, count, why in failed),
    ]


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks topologies", description=main.__doc__)
    parser.add_argument("--database", default=default_url(), help="PostgreSQL: dropped and made anew")
    parser.add_argument("--products", type=int, default=2_000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--only", action="append", choices=TOPOLOGIES, help="a topology; again for another")
    parser.add_argument("--no-write", action="store_true", help=f"leave {DOCUMENT.name} as it is")
    wanted = parser.parse_args(arguments)
    wanted.only = wanted.only or list(TOPOLOGIES)
    return wanted
