"""Servers started by a command of ours: granian, in a session of its own, until the command is told to stop."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from django.conf import settings

HOST = "127.0.0.1"
START_SECONDS = 30
STOP_SECONDS = 10


class Stopped(Exception):
    """SIGTERM came."""


def granian(port: int, *, host: str = HOST) -> list[str]:
    """The command that serves this project's WSGI application."""
    package, _, application = settings.WSGI_APPLICATION.rpartition(".")
    options = ["--interface", "wsgi", "--workers", "1", "--blocking-threads", "4", "--no-ws", "--log-level", "warning"]
    return [sys.executable, "-m", "granian", f"{package}:{application}", "--host", host, "--port", str(port), *options]


def is_taken(port: int) -> bool:
    """Whether somebody listens there already."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def serve(port: int, *, when_up: Callable[[], None], host: str = HOST) -> int:
    """Serve the shop until Ctrl-C or SIGTERM; `when_up` is called once it answers. Returns an exit code."""
    server = subprocess.Popen(granian(port, host=host), start_new_session=True)  # noqa: S603  # our own words only
    with told_to_stop():
        try:
            if _is_up(server, port):
                when_up()
            return 1 if server.wait() else 0
        except (KeyboardInterrupt, Stopped):
            return 0
        finally:
            end([server])


@contextmanager
def told_to_stop() -> Iterator[None]:
    """SIGTERM raises `Stopped` meanwhile."""

    def stop(*_: object) -> None:
        raise Stopped

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def end(children: "list[subprocess.Popen[bytes]]") -> None:
    """Let all of them finish what is at hand, for 10 s; then they are gone.

    Each is in a session of its own: a worker that hears Ctrl-C from the terminal and again from its parent may hang.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # an impatient second Ctrl-C changes nothing
    for child in children:
        child.terminate()
    give_up_at = time.monotonic() + STOP_SECONDS
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.wait(max(0.1, give_up_at - time.monotonic()))
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)  # and what a child that was killed has left behind
        child.wait()


def _is_up(server: "subprocess.Popen[bytes]", port: int) -> bool:
    give_up_at = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < give_up_at:
        if is_taken(port):
            return True
        time.sleep(0.05)
    return False
