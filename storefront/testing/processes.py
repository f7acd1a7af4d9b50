"""The processes of a topology, started for a test run on its databases, and gone with it."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from multiprocessing.connection import Connection, Listener, wait
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from storefront.testing.agent import ENVIRONMENT, Orders
from storefront.topology.manifests import topology_text
from storefront.topology.plan import BadTopology, Process, Topology, load
from storefront.topology.wiring import Wiring, written

HOST = "127.0.0.1"
START_SECONDS = 90
"""For all processes together, on a machine that has other things to do."""
ANSWER_SECONDS = 60
UNHURRIED = {"STOREFRONT_PATIENCE": "10", "STOREFRONT_REQUEST_SECONDS": "120", "STOREFRONT_QUEUE_MS": "0"}
"""What holds on a machine that has other things to do: no test may depend on how fast it is."""
TESTS = "tests"
"""The name by which the test run calls modules."""


class ProcessTrouble(AssertionError):
    """A process of the run did not start, died, or does not answer."""


class Program(NamedTuple):
    """Something to start: a name of its own, the process that it is of, and how."""

    name: str
    process: str
    command: tuple[str, ...]
    port: int = 0


def topology_of(name: str, modules: Sequence[str], directory: Path) -> Topology:
    """The one of that name; `split:payments` is that of two processes, one of them for payments.

    :raises BadTopology: there is none
    """
    leaving = name.removeprefix("split:")
    if leaving == name:
        return load(name, directory)
    if leaving not in modules:
        raise BadTopology(f"There is no module {leaving}; there are {', '.join(modules)}.")
    staying = tuple(module for module in modules if module != leaving)
    return Topology(name.replace(":", "-"), "http", (Process("shop", staying, ""), Process(leaving, (leaving,), "")))


class Processes:
    """All of them, and the line to each."""

    def __init__(self, topology: Topology, *, databases: dict[str, str], settings: str, wiring: Wiring) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="shop-"))
        with free_ports(len(topology.processes)) as ports:
            self.topology = placed(topology, ports)
        self._orders = Orders(
            name="", serves=True, address=str(self.folder / "control"), secret=secrets.token_hex(16), settings=settings,
            databases=databases, wiring=str(self.folder / "wiring.toml"),
        )
        (self.folder / "wiring.toml").write_text(written(with_tests(wiring, topology)))
        (self.folder / "topology.toml").write_text(topology_text(self.topology_with_tests))
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._lines: dict[str, Connection] = {}

    @property
    def wiring_file(self) -> Path:
        """Who calls whom, the test run included."""
        return self.folder / "wiring.toml"

    @property
    def topology_with_tests(self) -> Topology:
        """As the processes know it: the test run may call them all."""
        tests = Process(TESTS, (), f"http://{HOST}:1")
        return self.topology._replace(processes=(*self.topology.processes, tests))

    def start(self, programs: Sequence[Program], environment: dict[str, str]) -> None:
        """Start all of them at once and wait until each one serves.

        :raises ProcessTrouble: one of them does not
        """
        secret = bytes.fromhex(self._orders.secret)
        with closing(Listener(self._orders.address, "AF_UNIX", backlog=len(programs), authkey=secret)) as listener:
            for program in programs:
                self._children[program.name] = self._started(program, environment)
            listener._listener._socket.settimeout(1)  # type: ignore[attr-defined]  # the library offers no time-out
            self._hear_from_all(listener)
        self._wait_for(program for program in programs if program.port)

    def _started(self, program: Program, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
        orders = msgspec.structs.replace(self._orders, name=program.name, serves=bool(program.port))
        own = {
            "DJANGO_SETTINGS_MODULE": "storefront.testing.process_settings",
            "STOREFRONT_TOPOLOGY": str(self.folder / "topology.toml"), "STOREFRONT_PROCESS": program.process,
            "STOREFRONT_BACKGROUND": "thread", **UNHURRIED, ENVIRONMENT: msgspec.json.encode(orders).decode(),
        }
        with self._log(program.name).open("wb") as log:
            return subprocess.Popen(  # noqa: S603  # our own words only
                program.command, env=os.environ | environment | own, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True,
            )

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _hear_from_all(self, listener: Listener) -> None:
        give_up_at = time.monotonic() + START_SECONDS
        while len(self._lines) < len(self._children):
            try:
                line = listener.accept()
            except TimeoutError:
                self._check(give_up_at)
            else:
                self._lines[line.recv()] = line

    def _wait_for(self, programs: Iterator[Program]) -> None:
        give_up_at = time.monotonic() + START_SECONDS
        for program in programs:
            while not _answers(program.port):
                self._check(give_up_at)
                time.sleep(0.02)

    def _check(self, give_up_at: float) -> None:
        dead = [name for name, child in self._children.items() if child.poll() is not None]
        if dead:
            raise ProcessTrouble(f"{', '.join(dead)} ended at the start.\n{self.said()}")
        if time.monotonic() > give_up_at:
            raise ProcessTrouble(f"The processes did not start in {START_SECONDS} s.\n{self.said()}")

    def ask(self, what: str, **arguments: Any) -> list[Any]:
        """Ask every process at once; their answers in order.

        :raises ProcessTrouble: one of them is gone, or does not answer in a minute
        """
        try:
            for line in self._lines.values():
                line.send((what, arguments))
            return [self._answer(name, line) for name, line in self._lines.items()]
        except (EOFError, OSError) as error:
            raise ProcessTrouble(f"A process has died: {error!r}.\n{self.said()}") from error

    def ask_one(self, name: str, what: str, **arguments: Any) -> Any:
        """Ask the process of this name.

        :raises ProcessTrouble: it is gone, or does not answer in a minute
        """
        try:
            self._lines[name].send((what, arguments))
            return self._answer(name, self._lines[name])
        except (EOFError, OSError) as error:
            raise ProcessTrouble(f"{name} has died: {error!r}.\n{self.said()}") from error

    def _answer(self, name: str, line: Connection) -> Any:
        if not wait([line], ANSWER_SECONDS):
            raise ProcessTrouble(f"{name} does not answer.\n{self.said()}")
        answer = line.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def said(self, *, since: dict[str, int] | None = None, at_most: int = 6000) -> str:
        """The ends of what the processes have logged, of those that said anything."""
        parts = []
        for name in self._children:
            text = self._log(name).read_bytes()[(since or {}).get(name, 0) :].decode(errors="replace").strip()
            if text:
                parts.append(f"--- {name}\n{text[-at_most:]}")
        return "\n".join(parts)

    def said_so_far(self) -> dict[str, int]:
        """How much each process has logged, for `said(since=...)`."""
        return {name: self._log(name).stat().st_size for name in self._children}

    def stop(self) -> None:
        """End them at once: what they worked on is thrown away."""
        for child in self._children.values():
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        for child in self._children.values():
            child.wait()
        for line in self._lines.values():
            line.close()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def free_ports(count: int) -> Iterator[list[int]]:
    """So many ports where nobody listens, all of them different."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind((HOST, 0))
        yield [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def placed(topology: Topology, ports: Sequence[int]) -> Topology:
    """The same topology on these ports of this machine."""
    pairs = zip(topology.processes, ports, strict=True)
    return topology._replace(
        processes=tuple(process._replace(url=f"http://{HOST}:{port}") for process, port in pairs)
    )


def with_tests(wiring: Wiring, topology: Topology) -> Wiring:
    """The test run may call every module."""
    return wiring._replace(calls=wiring.calls | {TESTS: topology.modules})


def programs_of(topology: Topology, wsgi: str, celery: str) -> list[Program]:
    """A server per process; where facts travel through a broker, a worker per module as well."""
    found = []
    for process in topology.processes:
        port = int(process.url.rpartition(":")[2])
        options = ("--interface", "wsgi", "--workers", "1", "--blocking-threads", "8", "--no-ws")
        command = (sys.executable, "-m", "granian", *options, "--host", HOST, "--port", str(port), wsgi)
        found.append(Program(process.name, process.name, command, port))
        if topology.events == "celery":
            found += [_worker(process, module, celery) for module in process.modules]
    return found


def _worker(process: Process, module: str, celery: str) -> Program:
    command = ("-m", "celery", "-A", celery, "worker", "-Q", f"events.{module}", "-P", "solo", "--loglevel", "WARNING")
    quietly = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    name = f"{module}-worker"
    return Program(name, process.name, (sys.executable, *command, *quietly, "-n", f"{name}@{os.getpid()}"))


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
