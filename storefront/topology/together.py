"""Several programs as one: started together, one readable log, and all end when one of them does."""

import subprocess
import threading
import time
from collections.abc import Callable, Iterable
from itertools import cycle
from pathlib import Path
from typing import IO, Any, NamedTuple

from storefront.topology.serving import START_SECONDS, Stopped, end, is_taken, told_to_stop

COLOURS = ("36", "32", "33", "35", "34", "96", "92", "93", "95", "94")
LOOK_SECONDS = 0.1


class Program(NamedTuple):
    """Something to start: its name in the log, its command, what its environment says, the port that it opens."""

    name: str
    command: list[str]
    environment: dict[str, str]
    port: int = 0


class Together:
    """A set of programs that live and die as one."""

    def __init__(self, programs: Iterable[Program], *, folder: Path, out: Any, is_coloured: bool) -> None:
        self._programs = list(programs)
        self._folder = folder
        self._out = out
        self._writing = threading.Lock()
        width = max(len(program.name) for program in self._programs)
        pairs = zip(self._programs, cycle(COLOURS), strict=False)
        start, stop = ("\033[{}m", "\033[0m") if is_coloured else ("", "")
        self._labels = {
            program.name: f"{start.format(colour)}{program.name:<{width}} |{stop}" for program, colour in pairs
        }
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._logs: list[threading.Thread] = []

    def run(self, *, when_up: Callable[[], None]) -> int:
        """Until Ctrl-C or SIGTERM, which is 0, or until one of them ends by itself, which is 1."""
        with told_to_stop():
            try:
                for program in self._programs:
                    self._start(program)
                if self._are_up():
                    when_up()
                return self._wait()
            except (KeyboardInterrupt, Stopped):
                self.say("Stopping.")
                return 0
            finally:
                end(list(self._children.values()))
                for log in self._logs:
                    log.join(timeout=1)

    def say(self, sentence: str) -> None:
        """A line of our own in the log."""
        with self._writing:
            self._out.write(f"{sentence}\n")
            self._out.flush()

    def _start(self, program: Program) -> None:
        child = subprocess.Popen(  # noqa: S603  # our own words only
            program.command, env=program.environment, cwd=self._folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )
        self._children[program.name] = child
        log = threading.Thread(target=self._pass_on, args=(program.name, child.stdout), daemon=True)
        log.start()
        self._logs.append(log)

    def _pass_on(self, name: str, lines: IO[bytes]) -> None:
        for line in lines:
            self.say(f"{self._labels[name]} {line.decode(errors='replace').rstrip()}")

    def _are_up(self) -> bool:
        give_up_at = time.monotonic() + START_SECONDS
        ports = [program.port for program in self._programs if program.port]
        while ports and not self._ended() and time.monotonic() < give_up_at:
            ports = [port for port in ports if not is_taken(port)]
            time.sleep(LOOK_SECONDS)
        return not ports and not self._ended()

    def _wait(self) -> int:
        while not (ended := self._ended()):
            time.sleep(LOOK_SECONDS)
        for name, code in ended.items():
            self.say(f"{name} ended by itself, with exit code {code}; the others are stopped.")
        return 1

    def _ended(self) -> dict[str, int]:
        codes = {name: child.poll() for name, child in self._children.items()}
        return {name: code for name, code in codes.items() if code is not None}
