"""CPU seconds of processes on this machine, as Linux counts them."""

import os
import time
from collections.abc import Iterable
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system seconds that these processes have taken so far; those that are gone count nothing."""
    return sum(_ticks(pid) for pid in pids) / TICKS


def busy_seconds() -> float:
    """CPU seconds that all processes of this machine have taken so far."""
    all_cores = Path("/proc/stat").read_text().partition("\n")[0].split()
    user, nice, system, _idle, _waiting, interrupts, soft = map(int, all_cores[1:8])
    return (user + nice + system + interrupts + soft) / TICKS


def idle_cores(seconds: float = 1.0) -> float:
    """Cores that are taken while this process only waits."""
    before = busy_seconds()
    time.sleep(seconds)
    return round((busy_seconds() - before) / seconds, 2)


def memory_mb(pids: Iterable[int]) -> float:
    """What these processes hold, pages that they share counted once among them."""
    return round(sum(_held_kb(pid) for pid in pids) / 1024, 1)


def _held_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def with_children(pid: int) -> list[int]:
    """The process and all below it."""
    found = [pid]
    for parent in found:
        try:
            children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        except OSError:
            continue
        found += [int(child) for child in children]
    return found


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])
