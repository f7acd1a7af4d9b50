"""The demo's server: granian, one process, until it is told to stop."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable

HOST = "127.0.0.1"
START_SECONDS = 30
STOP_SECONDS = 10


def is_taken(port: int) -> bool:
    """Whether somebody listens there already."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def serve(port: int, *, when_up: Callable[[], None]) -> int:
    """Serve the shop until Ctrl-C or SIGTERM; `when_up` is called once it answers. Returns an exit code."""
    options = ["--interface", "wsgi", "--workers", "1", "--blocking-threads", "4", "--no-ws", "--log-level", "warning"]
    server = subprocess.Popen(  # noqa: S603  # our own words only
        [sys.executable, "-m", "granian", "config.wsgi:application", "--host", HOST, "--port", str(port), *options],
        start_new_session=True,  # a worker that hears Ctrl-C from the terminal and again from its parent may hang
    )
    signal.signal(signal.SIGTERM, _stop)
    try:
        if _is_up(server, port):
            when_up()
        return 1 if server.wait() else 0
    except (KeyboardInterrupt, _Stopped):
        return 0
    finally:
        _end(server)


class _Stopped(Exception):
    """SIGTERM came."""


def _stop(*_: object) -> None:
    raise _Stopped


def _is_up(server: "subprocess.Popen[bytes]", port: int) -> bool:
    give_up_at = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < give_up_at:
        if is_taken(port):
            return True
        time.sleep(0.05)
    return False


def _end(server: "subprocess.Popen[bytes]") -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an impatient second Ctrl-C changes nothing
    server.terminate()
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
