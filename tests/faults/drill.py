"""A fault drill: a shop with a life before and a life after a death, as often as one likes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from tests.faults.premises import Premises, premises
from tests.faults.report import Errand, Moment, Report

ROOT = Path(__file__).resolve().parents[2]


class Drill:
    """The premises, and the process whose children work there."""

    def __init__(self, place: Premises, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self.place = place
        self._process = process
        self._log = log

    def run(
        self, act: str, *, fatal: Moment | None = None, planted: str = "", in_parent: bool = False, **arguments: Any
    ) -> Report:
        """Have a child do something, to its end or to its death."""
        errand = Errand(act=act, arguments=arguments, fatal=fatal, planted=planted, in_parent=in_parent)
        sent, answered = self._process.stdin, self._process.stdout
        assert sent
        assert answered
        sent.write(msgspec.json.encode(errand) + b"\n")
        sent.flush()
        line = answered.readline()
        assert line, f"The process with the children is gone.\n{self.log}"
        return msgspec.json.decode(line, type=Report)

    def done(self, act: str, **arguments: Any) -> Any:
        """What a child answers that nobody kills."""
        report = self.run(act, **arguments)
        assert (report.signal, report.code) == (0, 0), f"{act} failed.\n{self.log}"
        return report.said[-1]["answer"]

    @property
    def log(self) -> str:
        """The end of what the children logged."""
        return self._log.read_text()[-4000:]


@contextmanager
def drill(folder: Path) -> Iterator[Drill]:
    """A shop with goods, kept as `built`."""
    place, log = premises(folder), folder / "log"
    kept = {name: value for name, value in os.environ.items() if not name.endswith("DATABASE_URL")}
    environment = kept | place.environment | {
        "LOG_LEVEL": "ERROR", "THROTTLES": "off", "STOREFRONT_BACKGROUND": "none", "DATABASE_POOL": "0",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "tests.faults.parent"]
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
        ) as process,
    ):
        made = Drill(place, process, log)
        try:
            made.run("build", in_parent=True)
            place.keep("built")
            made.run("warm_up", in_parent=True)
            yield made
        finally:
            assert process.stdin
            process.stdin.close()
            process.wait()
            place.close()
