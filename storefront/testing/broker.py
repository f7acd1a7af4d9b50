"""The broker of a test run: one of its own, gone afterwards."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

RABBITMQ = "amqp://guest:guest@127.0.0.1:5672/{host}"
VARIABLE = "STOREFRONT_BROKER_URL"
START_SECONDS = 10


class NoBroker(AssertionError):
    """This machine has none that a topology could be tested with; the message says how to enable it."""


@contextmanager
def broker_of(topology: str) -> Iterator[dict[str, str]]:
    """The environment of processes that share a broker; nothing where no broker is needed.

    A Redis is started for the run. On the RabbitMQ of this machine the run gets a virtual host of its own, unless
    `RABBITMQ_URL` names one.

    :raises NoBroker: neither is to be had
    """
    if topology == "celery-redis":
        with _redis() as url:
            yield {VARIABLE: url}
    elif topology == "celery-rabbitmq":
        with _rabbitmq() as url:
            yield {VARIABLE: url}
    else:
        yield {}


@contextmanager
def _redis() -> Iterator[str]:
    program = shutil.which("redis-server")
    if program is None:
        raise NoBroker("celery-redis needs Redis: install the package `redis-server`.")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
        try:
            _wait_for(port)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.kill()
            server.wait()


def _wait_for(port: int) -> None:
    give_up_at = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up_at:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise NoBroker(f"Redis did not start in {START_SECONDS} s.")


@contextmanager
def _rabbitmq() -> Iterator[str]:
    given = os.environ.get("RABBITMQ_URL")
    if given:
        yield given
        return
    tool = shutil.which("rabbitmqctl") or shutil.which("rabbitmqctl", path="/usr/sbin")
    if tool is None:
        raise NoBroker(
            "celery-rabbitmq needs RabbitMQ: install the package `rabbitmq-server`, and be allowed to use rabbitmqctl;"
            " or name a virtual host that nobody else uses: RABBITMQ_URL=amqp://USER:PASSWORD@HOST/VHOST"
        )
    host = f"storefront-test-{os.getpid()}"
    _run(tool, "add_vhost", host)
    try:
        _run(tool, "set_permissions", "-p", host, "guest", ".*", ".*", ".*")
        yield RABBITMQ.format(host=host)
    finally:
        _run(tool, "delete_vhost", host)


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=60)  # noqa: S603  # our own words only
    except subprocess.CalledProcessError as error:
        raise NoBroker(f"{' '.join(command)}: {error.stderr.decode()[-500:]}") from error
