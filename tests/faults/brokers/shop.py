"""A shop of several processes: one serves, one relays, one works behind a broker. The latter two may be killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from tests.faults.brokers.proxy import HOST
from tests.faults.brokers.servers import Broker
from tests.faults.drill import ROOT
from tests.faults.premises import premises

HURRIED = "tests.faults.brokers.hurried"
QUEUES = "events.catalog,events.checkout,events.shipping,events.webhooks"
PATIENCE_SECONDS = 90.0


class Books(msgspec.Struct, frozen=True):
    """What is in the modules' databases."""

    orders: int
    owed: int
    sagas: int
    """That are not done."""
    announced: dict[str, int]
    """Subscriber -> facts that were announced to it."""
    heard: dict[str, int]
    """Subscriber -> rows of its inbox."""
    findings: list[str]


class Shop:
    """The processes and what a test may do to them."""

    def __init__(self, broker: Broker | None, folder: Path, environment: dict[str, str]) -> None:
        self._broker = broker
        self._folder, self._environment = folder, environment
        self._log = (folder / "log").open("ab")
        self._relays: dict[str, subprocess.Popen[bytes]] = {}
        self._processes: list[subprocess.Popen[bytes]] = []
        self._serving = self._started([sys.executable, "-m", "tests.faults.brokers.customers"], stdin=subprocess.PIPE)
        self.orders = 0

    @property
    def broker(self) -> Broker:
        """Behind which it is."""
        assert self._broker
        return self._broker

    def build(self) -> None:
        """Migrate, and put goods on the shelf."""
        self._ask("build")

    def migrate(self, process: str) -> None:
        """The databases of another process."""
        command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        environment = self._environment | {"STOREFRONT_PROCESS": process}
        subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=self._log, stderr=self._log)

    def settled_with(self, process: str) -> Books:
        """The books when nothing is owed any more here and by another process."""
        self._wait(lambda: self._ask("paid") == self.orders, "Not every payment was heard of.")
        self._wait(lambda: self._told_by(process)[0] == 0, f"{process} owes facts.")
        assert self._told_by(process) == (0, 0)
        return self.settled()

    def _told_by(self, process: str) -> tuple[int, int]:
        """Facts owed, and dead."""
        command = [sys.executable, "manage.py", "events", "status"]
        environment = self._environment | {"STOREFRONT_PROCESS": process}
        told = subprocess.run(
            command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, stderr=self._log, text=True
        )
        _module, owed, _owed, dead, _dead = told.stdout.split()
        return int(owed), int(dead)

    def open(self) -> None:
        """Build the shop and start its relay and its worker."""
        self.build()
        self.start_relay()
        self.start_worker()

    def start_relay(self, process: str = "") -> None:
        """`manage.py relay`, of the whole shop or of one process of it."""
        self._relays[process] = self._started([sys.executable, "-m", HURRIED, "relay"], process=process)

    def start_server(self, process: str, port: int) -> "subprocess.Popen[bytes]":
        """Of one process of the topology, on this port."""
        options = ["--interface", "wsgi", "--workers", "1", "--blocking-threads", "4", "--no-ws"]
        where = ["--host", HOST, "--port", str(port), "tests.faults.brokers.served:application"]
        return self._started([sys.executable, "-m", "granian", *options, *where], process=process)

    def start_worker(self) -> None:
        """A worker of two children, who takes everything."""
        command = ["-m", "celery", "-A", HURRIED, "worker", "-Q", QUEUES, "-c", "2", "--loglevel", "WARNING"]
        quietly = ["--without-gossip", "--without-mingle", "-n", f"faults-{os.getpid()}"]
        self._worker = self._started([sys.executable, *command, *quietly])

    def kill_relay(self, process: str = "") -> None:
        """With -9."""
        kill(self._relays[process])

    def kill_worker(self) -> None:
        """With -9, its children too."""
        kill(self._worker)

    def buy(self, orders: int) -> None:
        """So many shoppers are served, one after the other, and nothing stops them."""
        for _ in range(orders):
            assert self._ask("order") == 201, self.log
            self.orders += 1

    def stock(self) -> None:
        """A hundred facts at once."""
        self._ask("stock")

    @contextmanager
    def held_at(self, place: str) -> Iterator[Callable[[], int]]:
        """Whoever comes to this place waits there; the function given waits for the first and returns its pid."""
        hold = self._folder / f"hold-{place}"
        hold.touch()
        try:
            yield lambda: self._first_at(place)
        finally:
            hold.unlink()
            for held in self._folder.glob(f"held-{place}-*"):
                held.unlink()

    def _first_at(self, place: str) -> int:
        self._wait(lambda: any(self._folder.glob(f"held-{place}-*")), f"Nobody came to {place}.")
        return int(next(self._folder.glob(f"held-{place}-*")).name.rpartition("-")[2])

    def settled(self) -> Books:
        """The books when nothing is owed any more."""
        self._wait(self._is_quiet, "The shop did not come to rest.")
        return self.books()

    def _is_quiet(self) -> bool:
        books = self.books()
        return not books.owed and not books.sagas

    def books(self) -> Books:
        """As they are at this moment."""
        return msgspec.convert(self._ask("books"), type=Books)

    @property
    def log(self) -> str:
        """The end of what all processes said."""
        return (self._folder / "log").read_text(errors="replace")[-8000:]

    def close(self) -> None:
        """End everything."""
        for process in self._processes:
            kill(process)
        self._log.close()

    def _wait(self, is_so: Callable[[], bool], otherwise: str) -> None:
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while not is_so():
            assert time.monotonic() < give_up_at, f"{otherwise} {self.books()}\n{self.log}"
            time.sleep(0.2)

    def _started(self, command: list[str], *, process: str = "", **pipes: Any) -> "subprocess.Popen[bytes]":
        environment = self._environment | ({"STOREFRONT_PROCESS": process} if process else {})
        child = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE if pipes else self._log, stderr=self._log,
            start_new_session=True, **pipes,
        )
        self._processes.append(child)
        return child

    def _ask(self, word: str) -> Any:
        sent, answered = self._serving.stdin, self._serving.stdout
        assert sent
        assert answered
        sent.write(f"{word}\n".encode())
        sent.flush()
        line = answered.readline()
        assert line, f"The process that serves is gone.\n{self.log}"
        return msgspec.json.decode(line)


def kill(process: "subprocess.Popen[bytes]") -> None:
    """With -9, and its children."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()


@contextmanager
def shop_behind(broker: Broker, folder: Path, *, planted: str = "") -> Iterator[Shop]:
    """An open shop with goods, whose facts travel through this broker; perhaps with a defect."""
    way = {"STOREFRONT_TOPOLOGY": broker.topology, "STOREFRONT_BROKER_URL": broker.url, "PLANTED": planted}
    with closed_shop(broker, folder, way) as shop:
        shop.open()
        yield shop


@contextmanager
def closed_shop(broker: Broker | None, folder: Path, way: dict[str, str]) -> Iterator[Shop]:
    """Nothing is built yet, and only the process that serves the shoppers has been started."""
    place = premises(folder)
    kept = {name: value for name, value in os.environ.items() if not name.endswith("DATABASE_URL")}
    environment = kept | place.environment | {
        "LOG_LEVEL": "WARNING", "THROTTLES": "off", "DATABASE_POOL": "0", "PYTHONPATH": str(ROOT), "HOLDS": str(folder),
        "STOREFRONT_BACKGROUND": "none", "PYTHONWARNINGS": "ignore", **way,
    }
    shop = Shop(broker, folder, environment)
    try:
        yield shop
    finally:
        shop.close()
        place.close()
