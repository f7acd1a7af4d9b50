"""A process that has read the shop's code once, and whose children run the shop until they end or are killed.

Run: `python -m tests.faults.parent`. An order a line on standard input, a report a line on standard output.
"""

import gc
import os
import signal
import sys
import traceback
from typing import Any

import django
import msgspec
from django.db import connections

from tests.faults.report import Errand, Report

SECONDS = 60


def main() -> None:
    """Set up, then one child per errand until standard input ends."""
    reports = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what commands print goes to the log
    django.setup()
    _spare_the_disk()
    for line in sys.stdin.buffer:
        report = _run(msgspec.json.decode(line, type=Errand))
        reports.write(msgspec.json.encode(report) + b"\n")


def _spare_the_disk() -> None:
    """Who is killed loses nothing that the kernel has. To wait for the disk would show nothing but a power cut."""
    for alias in connections:
        options = connections[alias].settings_dict["OPTIONS"]
        if connections[alias].vendor == "sqlite":
            options["init_command"] += "PRAGMA synchronous=OFF;"
        else:
            options["options"] += " -c synchronous_commit=off"


def _run(errand: Errand) -> Report:
    from tests.faults import lives

    if errand.in_parent:
        lives.live(errand, lambda _said: None)
        gc.collect()
        gc.freeze()  # children share what is there now
        return Report()
    from_child, to_parent = os.pipe()
    child = os.fork()
    if child == 0:
        _live_and_die(errand, to_parent)
    os.close(to_parent)
    with os.fdopen(from_child, "rb") as file:
        said = tuple(msgspec.json.decode(line) for line in file)
    _, status = os.waitpid(child, 0)
    return Report(said=said, signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, code=status >> 8)


def _live_and_die(errand: Errand, to_parent: int) -> None:
    """The child's whole life: it never returns, and nothing of its parent's is closed or flushed."""
    from tests.faults import lives

    def say(said: Any) -> None:
        os.write(to_parent, msgspec.json.encode(said) + b"\n")

    signal.alarm(SECONDS)
    try:
        say(lives.live(errand, say))
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    main()
