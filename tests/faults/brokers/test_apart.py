"""Payments in a process of its own, facts by HTTP or through a broker: who is killed or away costs no fact."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.brokers.places import SENT
from tests.faults.brokers.proxy import HOST
from tests.faults.brokers.servers import Broker, redis_of_our_own
from tests.faults.brokers.shop import Shop, closed_shop, kill

TOPOLOGY = """
events = "{events}"

[processes.shop]
modules = ["cart", "catalog", "checkout", "inventory", "shipping", "webhooks"]
url = "http://{host}:{shop}"

[processes.payments]
modules = ["payments"]
url = "http://{host}:{payments}"
"""


class Apart:
    """The shop and payments, each with a server and a relay."""

    def __init__(self, shop: Shop, ports: dict[str, int]) -> None:
        self.shop = shop
        self._ports = ports

    def open(self, *, with_worker: bool) -> None:
        """Start everything and wait until it serves."""
        self._servers = {name: self.shop.start_server(name, port) for name, port in self._ports.items()}
        for name, port in self._ports.items():
            _wait_for(port)
            self.shop.start_relay(name)
        if with_worker:
            self.shop.start_worker()

    def kill_server(self, process: str) -> None:
        """With -9."""
        kill(self._servers[process])

    def start_server(self, process: str) -> None:
        """Again."""
        self._servers[process] = self.shop.start_server(process, self._ports[process])
        _wait_for(self._ports[process])


@pytest.fixture(scope="module", params=["http", pytest.param("celery", marks=pytest.mark.redis)])
def apart(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apart]:
    folder: Path = tmp_path_factory.mktemp(request.param)
    shop_port, payments_port = _free_ports()
    file = folder / "apart.toml"
    file.write_text(TOPOLOGY.format(events=request.param, host=HOST, shop=shop_port, payments=payments_port))
    way = {"STOREFRONT_TOPOLOGY": str(file), "STOREFRONT_PROCESS": "shop", "SECRET_KEY": "apart"}
    with ExitStack() as stack:
        broker: Broker | None = None
        if request.param == "celery":
            broker = stack.enter_context(redis_of_our_own(folder))
            way["STOREFRONT_BROKER_URL"] = broker.url
        shop = stack.enter_context(closed_shop(broker, folder, way))
        shop.migrate("payments")
        shop.build()
        apart = Apart(shop, {"payments": payments_port, "shop": shop_port})
        apart.open(with_worker=broker is not None)
        yield apart


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind((HOST, 0))
        other.bind((HOST, 0))
        return one.getsockname()[1], other.getsockname()[1]


def _wait_for(port: int) -> None:
    for _ in range(2000):
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"Nobody listens on port {port}.")


def assert_all_arrived(apart: Apart) -> None:
    books = apart.shop.settled_with("payments")
    assert books.findings == []
    assert books.orders == apart.shop.orders


class TestApart:
    def test_every_payment_is_heard_of(self, apart: Apart) -> None:
        apart.shop.buy(3)

        assert_all_arrived(apart)

    @pytest.mark.proves("R4", "I7")
    def test_a_relay_killed_between_send_and_acknowledgement_costs_nothing(self, apart: Apart) -> None:
        with apart.shop.held_at(SENT) as somebody:
            apart.shop.buy(2)
            os.kill(somebody(), signal.SIGKILL)
            apart.shop.kill_relay("payments")
            apart.shop.kill_relay("shop")
        apart.shop.start_relay("payments")
        apart.shop.start_relay("shop")

        assert_all_arrived(apart)

    @pytest.mark.proves("R26", "I7")
    def test_a_consumer_and_a_producer_that_are_away_cost_nothing(self, apart: Apart) -> None:
        apart.shop.buy(2)
        apart.kill_server("shop")
        apart.kill_server("payments")
        time.sleep(3)
        apart.start_server("payments")
        apart.start_server("shop")
        apart.shop.buy(1)

        assert_all_arrived(apart)
