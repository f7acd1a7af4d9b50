"""The shop under trial: its servers, its processes, the wires between them, and who starts again what has died."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import msgspec
import psycopg

from drill.chaos.ledger import Books, Rest
from drill.premises import HOST, ROOT, START_SECONDS, Trouble, is_ready, plain_environment
from storefront.testing.broker import VARIABLE, broker_of
from storefront.testing.faults.points import deaths, tell_to_die
from storefront.testing.faults.wire import Wires, wires
from storefront.testing.postgresql import Cluster, cluster
from storefront.testing.processes import free_ports, topology_of
from storefront.topology.manifests import topology_text
from storefront.topology.plan import Process, Topology, load

TOPOLOGIES = ROOT / "config" / "topologies"
WEBS = 2
"""Serving processes of a shop that is one process; any other has one of each."""
WEB = ("-m", "granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads", "8", "--no-ws", "--host", HOST)
WORKER = ("-m", "celery", "-A", "drill.chaos.working", "worker", "-c", "2", "--loglevel", "WARNING")
ANSWER_SECONDS = 120


class Program:
    """A process that is started again whenever it is gone."""

    def __init__(self, name: str, command: tuple[str, ...], environment: dict[str, str], log: IO[bytes]) -> None:
        self.name, self.deaths = name, 0
        self._command, self._environment, self._log = (sys.executable, *command), environment, log
        self._child = self._started()

    def _started(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603  # our own words
            self._command, cwd=ROOT, env=self._environment, stdin=subprocess.DEVNULL, stdout=self._log,
            stderr=self._log, start_new_session=True,
        )

    def kill(self) -> None:
        """With -9, and its children."""
        try:
            os.killpg(self._child.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self._child.wait()

    @property
    def is_gone(self) -> bool:
        """Whether it has ended."""
        return self._child.poll() is not None

    def see_to(self) -> None:
        """Start it again if it is gone."""
        if self.is_gone:
            self.deaths += 1
            self.kill()  # what is left of its children
            self._child = self._started()


class Ledger:
    """The process that reads the books."""

    program = "drill.chaos.ledger"

    def __init__(self, environment: dict[str, str], log: IO[bytes]) -> None:
        self._child = subprocess.Popen(  # noqa: S603  # our own words
            [sys.executable, "-m", self.program], cwd=ROOT, env=environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=log,
        )

    def build(self, checkouts: int) -> dict[str, Any]:
        """The shop; a machine's key and the routes."""
        return dict(self._ask(f"build {checkouts}"))

    def rest(self) -> Rest:
        """What is still to be done."""
        return msgspec.convert(self._ask("rest"), type=Rest)

    def books(self) -> Books:
        """All that is there."""
        return msgspec.convert(self._ask("books"), type=Books)

    def audit(self) -> list[str]:
        """What `manage.py audit` would say."""
        return msgspec.convert(self._ask("audit"), type=list[str])

    def close(self) -> None:
        """No more questions."""
        self._child.kill()
        self._child.communicate()

    def _ask(self, words: str) -> Any:
        assert self._child.stdin
        assert self._child.stdout
        self._child.stdin.write(f"{words}\n".encode())
        self._child.stdin.flush()
        line = self._child.stdout.readline()
        if not line:
            raise Trouble("The process that reads the books is gone.")
        return msgspec.json.decode(line)


class Premises:
    """Everything, in one topology."""

    def __init__(
        self, name: str, folder: Path, *, server: Cluster | None, way: Wires, broker: dict[str, str],
        environment: Mapping[str, str],
    ) -> None:
        self.name, self.folder, self.server, self.wires, self.broker = name, folder, server, way, broker.get(VARIABLE)
        self._log = (folder / "log").open("ab")
        if self.broker:
            away = urlsplit(self.broker)
            port = way.lead({"broker": [away.port or 0]})["broker"]
            broker = {VARIABLE: away._replace(netloc=away.netloc.replace(f":{away.port}", f":{port}")).geturl()}
        self._environment = plain_environment() | broker | {
            "DATA_DIR": str(folder / "data"), "THROTTLES": "off", "LOG_LEVEL": "WARNING", "CHAOS_FOLDER": str(folder),
            "STOREFRONT_PATIENCE": "2", "STOREFRONT_QUEUE_MS": "0", "PYTHONWARNINGS": "ignore", "DATABASE_POOL": "0",
        } | dict(environment)
        if server:
            with psycopg.connect(f"{server.url}/postgres", autocommit=True) as connection:
                connection.execute("CREATE DATABASE shop")
            self._environment["DATABASE_URL"] = f"{server.url}/shop"
        self.ledger = Ledger(
            self._environment | {"STOREFRONT_BACKGROUND": "none", "CHAOS_NAME": "ledger"}, self._log
        )
        self.programs: dict[str, Program] = {}
        self.ahead_minutes = 0.0
        self._closing, self._is_supervised = threading.Event(), False

    def open(self, checkouts: int) -> str:
        """Build the shop and start its processes; returns a machine's key."""
        built = self.ledger.build(checkouts)
        self._routes: list[tuple[str, str]] = [(path, module) for path, module in built["routes"]]
        topology = topology_of(self.name, load("monolith", TOPOLOGIES).modules, TOPOLOGIES)
        webs = WEBS if len(topology.processes) == 1 else 1
        with free_ports(webs * len(topology.processes)) as found:  # all different, from those of the wires too
            ports = {process.name: [found.pop() for _ in range(webs)] for process in topology.processes}
            self._addresses = self.wires.lead(ports)
        self._topology = topology._replace(
            processes=tuple(self._at_its_wire(process) for process in topology.processes)
        )
        (self.folder / "topology.toml").write_text(topology_text(self._topology))
        self._environment["STOREFRONT_TOPOLOGY"] = str(self.folder / "topology.toml")
        for process in topology.processes:
            self._start(process, topology, ports[process.name])
        self._webs = {
            f"{name}-{number}": port for name, found in ports.items() for number, port in enumerate(found)
        }
        self.wait_until_ready()
        self._is_supervised = True
        threading.Thread(target=self._supervise, daemon=True).start()
        return str(built["key"])

    def _at_its_wire(self, process: Process) -> Process:
        return process._replace(url=f"http://{HOST}:{self._addresses[process.name]}")

    def _start(self, process: Process, topology: Topology, ports: list[int]) -> None:
        for number, port in enumerate(ports):
            command = (*WEB, "--port", str(port), "--log-level", "warning", "drill.chaos.served:application")
            self._add(f"{process.name}-{number}", process, command)
        if len(topology.processes) == 1:
            self._add(f"{process.name}-relay", process, ("-m", "drill.chaos.manage", "relay"))
        if topology.events == "celery":
            queues = ",".join(f"events.{module}" for module in process.modules)
            quietly = ("--without-gossip", "--without-mingle", "-Q", queues, "-n", f"chaos-{os.getpid()}")
            self._add(f"{process.name}-worker", process, (*WORKER, *quietly))

    def _add(self, name: str, process: Process, command: tuple[str, ...]) -> None:
        own = {"CHAOS_NAME": name, "STOREFRONT_PROCESS": process.name}
        self.programs[name] = Program(name, command, self._environment | own, self._log)

    def wait_until_ready(self) -> None:
        """Until every serving process says so itself.

        :raises Trouble: one does not
        """
        give_up_at = time.monotonic() + START_SECONDS
        for name, port in self._webs.items():
            while not is_ready(port):
                if time.monotonic() > give_up_at or self._has_failed(name):
                    raise Trouble(f"{name} is not ready.\n{self.log}")
                time.sleep(0.1)

    def _has_failed(self, name: str) -> bool:
        """Whether it ended although nobody killed it: nobody sees to it before all were ready once."""
        return not self._is_supervised and self.programs[name].is_gone

    def _supervise(self) -> None:
        while not self._closing.wait(0.2):
            for program in self.programs.values():
                program.see_to()

    def address_of(self, path: str) -> int:
        """The port that a gateway would lead this public path to."""
        module = next(module for route, module in self._routes if path == route or path.startswith(f"{route}/"))
        process = self._topology.provider_of(module) or self._topology.home
        return self._addresses[process.name]

    @property
    def served(self) -> list[str]:
        """Processes that have an address."""
        return list(self._webs)

    @property
    def unserved(self) -> list[str]:
        """Relays and workers."""
        return [name for name in self.programs if name not in self._webs]

    @property
    def can_forget(self) -> bool:
        """Whether the broker is one that we can have lose what it holds."""
        return urlsplit(self.broker or "").scheme == "redis"

    def flush_broker(self) -> None:
        """It forgets every message."""
        import redis

        with redis.Redis(HOST, urlsplit(self.broker or "").port or 6379) as client:
            client.flushall()

    def tell_to_die(self, program: str, place: str, *, skip: int) -> None:
        """At the next such place but so many."""
        tell_to_die(self.folder, program, place, skip=skip)

    def spare(self) -> None:
        """Nobody is to die any more, and every clock is right."""
        for each in (*self.folder.glob("die-*"), *self.folder.glob("skew-*")):
            each.unlink(missing_ok=True)

    def turn_clock(self, minutes: float) -> None:
        """Of all processes and databases, to so many minutes ahead."""
        self.ahead_minutes = minutes
        (self.folder / ".clock").write_text(str(minutes * 60))
        (self.folder / ".clock").rename(self.folder / "clock")

    def skew_clock(self, program: str, seconds: float) -> None:
        """Of one process alone, to so many seconds ahead of the others; 0 is right."""
        (self.folder / f"skew-{program}").write_text(str(seconds))

    @property
    def died(self) -> Counter[tuple[str, str]]:
        """Program and place, of those that died where they were told to."""
        return Counter(deaths(self.folder))

    @property
    def log(self) -> str:
        """The end of what all processes said."""
        return (self.folder / "log").read_text(errors="replace")[-6000:]

    def close(self) -> None:
        """End everything."""
        self._closing.set()
        time.sleep(0.3)
        for program in self.programs.values():
            program.kill()
        self.ledger.close()
        self._log.close()


@contextmanager
def premises(
    topology: str, *, seed: str, on_postgresql: bool = True, server: Cluster | None = None, **environment: str
) -> Iterator[Premises]:
    """Everything that a trial needs, gone afterwards; `KEEP_DRILL` keeps its folder.

    server: one that is there, rather than a new one. environment: further variables of all processes.

    :raises FileNotFoundError: PostgreSQL is not on this machine
    """
    folder = Path(tempfile.mkdtemp(prefix="storefront-chaos-"))
    try:
        with ExitStack() as stack:
            if on_postgresql and server is None:
                server = stack.enter_context(cluster("max_connections=300"))
            broker = stack.enter_context(broker_of(topology))
            way = stack.enter_context(wires(seed))
            made = Premises(topology, folder, server=server, way=way, broker=broker, environment=environment)
            stack.callback(made.close)
            yield made
    finally:
        if not os.environ.get("KEEP_DRILL"):
            shutil.rmtree(folder, ignore_errors=True)
