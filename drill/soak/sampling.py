"""What the processes hold, looked at again and again."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import psycopg

_CONNECTIONS = """
SELECT application_name, count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'storefront-%'
GROUP BY application_name
"""


class Held(msgspec.Struct, frozen=True):
    """By one process."""

    rss: int
    """Bytes."""
    files: int
    """Descriptors, sockets among them."""
    threads: int


class Sample(msgspec.Struct, frozen=True):
    """At one moment."""

    at_s: float
    """Since the crowd came."""
    orders: int
    processes: dict[str, Held]
    """Those that are there."""
    connections: dict[str, int]
    """To PostgreSQL, by the module they are for."""


def held(pids: Mapping[str, int]) -> dict[str, Held]:
    """By each of the processes that are there."""
    return {name: found for name, pid in pids.items() if (found := _held(pid))}


def _held(pid: int) -> Held | None:
    folder = Path("/proc") / str(pid)
    try:
        told = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
        files = len(os.listdir(folder / "fd"))  # noqa: PTH208  # names are enough
    except OSError:
        return None
    if "VmRSS" not in told:  # it has ended, and nobody has asked how
        return None
    return Held(rss=int(told["VmRSS"].split()[0]) * 1024, files=files, threads=int(told["Threads"]))


def connections(url: str) -> dict[str, int]:
    """The shop's, by the name that each module gives its own."""
    with psycopg.connect(url, autocommit=True) as connection:
        found: list[tuple[Any, ...]] = connection.execute(_CONNECTIONS).fetchall()
    return {str(name).removeprefix("storefront-"): int(count) for name, count in found}
