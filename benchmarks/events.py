"""How many facts a second reach their consumer's inbox: in one process, over HTTP, through Redis and RabbitMQ.

    python -m benchmarks.events [--facts 10000]

One relay and one consuming process each time. Absolute figures depend on the machine and on who else uses it, so the
ratio to the way within one process stands beside them.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from benchmarks.database import MODULES, Database, default_url
from benchmarks.shop import ROOT
from storefront.testing.broker import NoBroker, broker_of
from storefront.testing.processes import free_ports
from storefront.topology.manifests import topology_text
from storefront.topology.plan import Process, Topology

WAYS = ("local", "http", "celery-redis", "celery-rabbitmq")
FACTS = 10_000
PER_COMMAND = 500
GIVE_UP_SECONDS = 120.0


class Speed(msgspec.Struct):
    """Facts a second, from the producer's outbox to the consumer's committed inbox and back with the receipt."""

    way: str
    facts_per_second: float
    ratio: float
    """To `local`."""


def speeds(environment: Mapping[str, str], *, facts: int = FACTS) -> list[Speed]:
    """Measure every way that this machine has servers for, on a migrated shop whose settings these are."""
    found: dict[str, float] = {}
    for way in WAYS:
        try:
            found[way] = facts / _seconds(way, environment, facts)
        except NoBroker as error:
            print(f"{way} is left out: {error}", file=sys.stderr)
    return [Speed(way, round(speed), round(speed / found["local"], 2)) for way, speed in found.items()]


def speed_table(found: Sequence[Speed]) -> str:
    """A Markdown table."""
    lines = ["| way | facts/s | ratio |", "| --- | ---: | ---: |"]
    return "\n".join([*lines, *(f"| {each.way} | {each.facts_per_second:,.0f} | {each.ratio:.2f} |" for each in found)])


def _seconds(way: str, environment: Mapping[str, str], facts: int) -> float:
    with tempfile.TemporaryDirectory(prefix="bench-events-") as folder, broker_of(way) as broker:
        with free_ports(1) as (port,):
            pass  # somebody else may take it meanwhile; then the consumer does not start, and the run says so
        file = Path(folder) / "topology.toml"
        file.write_text(topology_text(_topology(way, port)))
        own = {**environment, **broker, "STOREFRONT_TOPOLOGY": str(file), "STOREFRONT_BACKGROUND": "none"}
        with _consuming(way, own, port):
            command = [sys.executable, "-m", "benchmarks.events", "--produce", str(facts)]
            told = subprocess.run(  # noqa: S603  # our own
                command, cwd=ROOT, env=own | {"STOREFRONT_PROCESS": "shop"}, check=True, stdout=subprocess.PIPE
            )
    return float(told.stdout)


def _topology(way: str, port: int) -> Topology:
    shop, cart = f"http://127.0.0.1:{port}", Process("cart", ("cart",), f"http://127.0.0.1:{port}")
    if way == "http":
        rest = tuple(module for module in MODULES if module != "cart")
        return Topology("bench", "http", (Process("shop", rest, shop), cart))
    return Topology("bench", "http" if way == "local" else "celery", (Process("shop", MODULES, shop),))


@contextmanager
def _consuming(way: str, environment: Mapping[str, str], port: int) -> Iterator[None]:
    """The other process, if the way leads to one."""
    if way == "local":
        yield
        return
    options = ["--interface", "wsgi", "--workers", "1", "--blocking-threads", "2", "--no-ws", "--port", str(port)]
    command, process = ["granian", *options, "benchmarks.consumer:application"], "cart"
    if way != "http":
        options = ["-Q", "events.cart", "--concurrency", "1", "--without-gossip", "--without-mingle"]
        command, process = ["celery", "-A", "benchmarks.consumer", "worker", *options, "--loglevel", "ERROR"], "shop"
    consumer = subprocess.Popen(  # noqa: S603  # our own
        [sys.executable, "-m", *command], cwd=ROOT, env={**environment, "STOREFRONT_PROCESS": process},
        stdout=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        consumer.terminate()
        consumer.wait()


def produce(facts: int) -> float:
    """Announce facts, then relay them until the last receipt has come. Returns the seconds of the latter.

    The first of them is waited for before, so that nobody is measured while starting.
    """
    from benchmarks.consumer import PRODUCER

    _announce(PRODUCER, 1)
    _relay(PRODUCER)
    for _ in range(facts // PER_COMMAND):
        _announce(PRODUCER, PER_COMMAND)
    began_at = time.perf_counter()
    _relay(PRODUCER)
    return time.perf_counter() - began_at


def _announce(producer: str, facts: int) -> None:
    from benchmarks.consumer import FruitCounted
    from storefront.database.unit import unit_of_work
    from storefront.events import publish
    from storefront.ids import ulid

    with unit_of_work(producer):
        for pieces in range(facts):
            publish(FruitCounted(tree=ulid(), pieces=pieces))


def _relay(producer: str) -> None:
    from django.apps import apps

    from storefront.events.relay import deliver

    deliveries = apps.get_model(producer, "Delivery").objects
    give_up_at = time.monotonic() + GIVE_UP_SECONDS
    while deliver(producer) or deliveries.exists():
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"{deliveries.count()} facts did not arrive in {GIVE_UP_SECONDS} s.")
        time.sleep(0.002)


def main() -> None:
    """Measure on a database that is made and dropped, or be the producer of one measurement."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.events", description=__doc__)
    parser.add_argument("--facts", type=int, default=FACTS)
    parser.add_argument("--produce", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--database", default=urlsplit(default_url())._replace(path="/events_bench").geturl())
    wanted = parser.parse_args()
    if wanted.produce:
        print(produce(wanted.produce))
        return
    database = Database(wanted.database)
    database.make()
    try:
        with tempfile.TemporaryDirectory(prefix="bench-events-") as folder:
            environment = {**os.environ, "DATABASE_URL": database.url, "DATA_DIR": folder, "LOG_LEVEL": "ERROR"}
            subprocess.run(
                [sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=ROOT, env=environment, check=True
            )
            print(speed_table(speeds(environment, facts=wanted.facts)))
    finally:
        database.drop()


if __name__ == "__main__":
    main()
