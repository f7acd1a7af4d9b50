"""All processes of a topology on this machine, started as in production, behind nginx."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.processes import with_children
from benchmarks.shop import ROOT, Shop
from storefront.topology.manifests import topology_text
from storefront.topology.plan import Topology, load
from storefront.topology.programs import Program, programs_of

START_SECONDS = 120
STOP_SECONDS = 45
HOST = "127.0.0.1"


class Missing(Exception):
    """A program of this machine is needed and is not there."""


class Fleet:
    """Serving, relaying and working processes of one topology, and the gateway before them."""

    def __init__(self, name: str, shop: Shop, folder: Path, broker: dict[str, str]) -> None:
        self.topology = placed(load(name, ROOT / "config" / "topologies"))
        self.folder, self._shop = folder, shop
        self._file = folder / "topology.toml"
        self._file.write_text(topology_text(self.topology))
        self._environment = {
            **shop.environment, **broker, "STOREFRONT_TOPOLOGY": str(self._file), "STOREFRONT_BACKGROUND": "none",
            "STOREFRONT_QUEUE_MS": "0",  # what is measured is what work costs, not when it is turned away
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }
        self._started: dict[str, subprocess.Popen[bytes]] = {}
        self.origin = f"http://{HOST}:{free_port()}"

    def environment(self, process: str) -> dict[str, str]:
        """Of whatever is to be that process."""
        return {**self._environment, "STOREFRONT_PROCESS": process}

    def programs(self) -> list[Program]:
        """Of every process."""
        return [program for process in self.topology.processes for program in programs_of(process, self.topology)]

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Until the block ends.

        :raises Missing: nginx
        :raises RuntimeError: a process did not start; its words are in the folder
        """
        try:
            for program in self.programs():
                self._start(program.name, _command(program), self.environment(program.process.name))
            self._start("nginx", self._gateway(), dict(os.environ))
            self._wait()
            yield
        finally:
            self._stop()

    def pids(self) -> list[int]:
        """Of all processes, the gateway's left out."""
        return [pid for name, each in self._started.items() if name != "nginx" for pid in with_children(each.pid)]

    def hold_relays(self) -> None:
        """Let nothing be relayed until `release_relays`."""
        self._signal_relays(signal.SIGSTOP)

    def release_relays(self) -> None:
        """Go on."""
        self._signal_relays(signal.SIGCONT)

    def _signal_relays(self, number: signal.Signals) -> None:
        for program in self.programs():
            if program.role == "relay":
                self._started[program.name].send_signal(number)

    def _start(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            self._started[name] = subprocess.Popen(  # noqa: S603  # our own words
                command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
            )

    def _gateway(self) -> list[str]:
        nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        if nginx is None:
            raise Missing("nginx is not on this machine: install the package nginx-light.")
        options = ["--topology", str(self._file), "--listen", self.origin.removeprefix("http://")]
        written = subprocess.run(  # noqa: S603  # our own words
            [sys.executable, "manage.py", "topology", "gateway", "--requests-per-second", "100000", *options],
            cwd=ROOT, env=self._shop.environment, check=True, capture_output=True, text=True,
        )
        (self.folder / "nginx.conf").write_text(written.stdout.replace("/dev/stdout brief", "off"))
        return [nginx, "-p", str(self.folder), "-c", str(self.folder / "nginx.conf"), "-g", "daemon off;"]

    def _wait(self) -> None:
        give_up_at = time.monotonic() + START_SECONDS
        waiting = [process.url for process in self.topology.processes] + [self.origin]
        said = {f"{program.name}.log": _banner(program) for program in self.programs()}
        while waiting or said:
            dead = [name for name, each in self._started.items() if each.poll() is not None]
            if dead or time.monotonic() > give_up_at:
                logs = "\n".join((self.folder / f"{name}.log").read_text()[-2000:] for name in dead)
                raise RuntimeError(f"{', '.join(dead) or 'Some processes'} did not start.\n{logs}")
            waiting = [url for url in waiting if not is_taken(int(url.rpartition(":")[2]))]
            said = {name: banner for name, banner in said.items() if banner not in (self.folder / name).read_text()}
            time.sleep(0.05)

    def _stop(self) -> None:
        self.release_relays()
        for each in self._started.values():
            each.terminate()
        for each in self._started.values():
            try:
                each.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                each.kill()
                each.wait()


def placed(topology: Topology) -> Topology:
    """The same, each process at a free port of this machine."""
    return topology._replace(
        processes=tuple(each._replace(url=f"http://{HOST}:{free_port()}") for each in topology.processes)
    )


def _command(program: Program) -> list[str]:
    words = list(program.command)
    if program.role == "web":
        words[words.index("--port") + 1] = program.process.url.rpartition(":")[2]
        words[words.index("--host") + 1] = HOST
    if program.role == "worker":
        words += ["--hostname", f"{program.name}@{os.getpid()}"]
    return words


def _banner(program: Program) -> str:
    return {"web": "", "relay": "Relaying for", "worker": "[queues]"}[program.role]


def is_taken(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def free_port() -> int:
    """One that nobody listens at."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
