"""Brokers that a test may empty and cut off: a Redis of its own, a virtual host of its own on a RabbitMQ."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from kombu import Connection

from tests.faults.brokers.proxy import HOST, Proxy, proxy

RABBITMQ_URL = os.environ.get("RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672/")
"""A RabbitMQ where `rabbitmqctl` may make virtual hosts; without that tool, a virtual host that nobody else uses."""


class Broker(Protocol):
    """A broker behind a wire that can be cut."""

    topology: str
    url: str
    """Through the wire."""
    wire: Proxy

    def lose_everything(self) -> int:
        """Forget every message, those in workers' hands included; returns how many were waiting."""


class Redis:
    """A server of our own."""

    topology = "celery-redis"

    def __init__(self, port: int, wire: Proxy) -> None:
        self._port, self.wire = port, wire
        self.url = f"redis://{HOST}:{wire.port}/0"

    def lose_everything(self) -> int:
        import redis

        with redis.Redis(HOST, self._port) as client:
            waiting = sum(client.llen(key) for key in client.keys("events.*") if client.type(key) == b"list")
            client.flushall()
        return int(waiting)


class RabbitMQ:
    """A virtual host."""

    topology = "celery-rabbitmq"

    def __init__(self, url: str, wire: Proxy) -> None:
        self._url, self.wire = url, wire
        parts = urlsplit(url)
        self.url = parts._replace(netloc=f"{parts.username}:{parts.password}@{HOST}:{wire.port}").geturl()

    def lose_everything(self) -> int:
        """Purging reaches what waits; breaking the connections puts back what workers hold, to be purged as well."""
        self.wire.cut()
        try:
            with Connection(self._url) as connection, connection.channel() as channel:
                time.sleep(0.2)  # until the server has noticed the break
                return sum(_purged(channel, module) for module in ("catalog", "checkout", "shipping", "webhooks"))
        finally:
            self.wire.mend()


def _purged(channel: Any, module: str) -> int:
    from storefront.events.broker import queue

    bound = queue(module)(channel)
    bound.declare()
    return int(bound.purge() or 0)


@contextmanager
def redis_of_our_own(folder: Path) -> Iterator[Broker]:
    """On a free port, without a file."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    command = ["redis-server", "--port", str(port), "--bind", HOST, "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            _wait_for(port)
            with proxy(HOST, port) as wire:
                yield Redis(port, wire)
        finally:
            server.kill()


@contextmanager
def rabbitmq_of_our_own() -> Iterator[Broker]:
    """A virtual host, gone afterwards; as given where we may not make one."""
    parts = urlsplit(RABBITMQ_URL)
    tool = _rabbitmqctl()
    name = f"storefront-faults-{os.getpid()}" if tool else parts.path.strip("/")
    with proxy(parts.hostname or HOST, parts.port or 5672) as wire:
        if not tool:
            yield RabbitMQ(RABBITMQ_URL, wire)
            return
        _run(tool, "add_vhost", name)
        try:
            _run(tool, "set_permissions", "-p", name, parts.username or "guest", ".*", ".*", ".*")
            yield RabbitMQ(parts._replace(path=f"/{name}").geturl(), wire)
        finally:
            _run(tool, "delete_vhost", name)


def _rabbitmqctl() -> str | None:
    return shutil.which("rabbitmqctl") or shutil.which("rabbitmqctl", path="/usr/sbin")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=60)


def _wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"Nobody listens on port {port}.")
