"""The database server dies, and its standby takes over: what was acknowledged is there, or it is named."""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from drill.chaos.premises import Premises as Served
from drill.chaos.premises import premises as served
from drill.chaos.shoppers import Shopper
from storefront.testing.postgresql import binaries
from storefront.testing.replication import Pair, ask, pair
from tests.chaos.shop import NOT_NOW, PLACED, Scene, opened
from tests.restoring.premises import Premises

BUYERS, EACH = 4, 6
BEFORE = 6
"""Orders that were acknowledged before the server dies."""
PATIENCE_S = 120.0
UNHEARD = 599
PRICE_MINOR = 1740
"""Of a mug, with its way."""
IN_ORDER = "The books are in order.\n"
NAMING = ("checkout.order_lost", "checkout.set_aside_for_nothing")
"""Money of an order that nobody knows: what was taken, what is set aside."""
Note = Callable[[str, object], None]


@pytest.fixture
def servers() -> Iterator[Pair]:
    if binaries() is None:
        pytest.skip("No PostgreSQL server is on this machine: install the package `postgresql`.")
    with pair("max_connections=300") as made:
        ask(made.primary, "CREATE DATABASE shop")
        yield made


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """A database on the server of the suite, which stays: what payments and the bank know is there."""
    server = urlsplit(os.environ["DATABASE_URL"])
    name = f"{server.path.strip('/')}_failover_{os.getpid()}"
    with psycopg.connect(server._replace(path="/postgres").geturl(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield server._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


class Crowd:
    """People who buy, one order after the other, and ask again with the same key until they are answered."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._threads = [threading.Thread(target=self._buy) for _ in range(BUYERS)]
        for thread in self._threads:
            thread.start()

    def acknowledged(self, count: int) -> set[str]:
        """So many orders, and whatever else was acknowledged by then."""
        give_up_at = time.monotonic() + PATIENCE_S
        while len(orders := {each.order for each in list(self._scene.purchases) if each.order}) < count:
            assert time.monotonic() < give_up_at, self._scene.place.log
            time.sleep(0.02)
        return orders

    def join(self) -> None:
        """Until everybody has what they wanted."""
        for thread in self._threads:
            thread.join()

    def _buy(self) -> None:
        client = self._scene.client()
        for _ in range(EACH):
            purchase = self._scene.wish()
            self._scene.purchases.append(purchase)
            Shopper(client, "scene").buy(purchase)
        client.close()


@pytest.mark.postgresql
class TestSynchronousStandby:
    @pytest.mark.proves("R9", "I1", "I2", "I3", "I5", "I8", "I9")
    def test_has_every_order_that_was_acknowledged_and_no_process_is_restarted(
        self, servers: Pair, elsewhere: str, record_property: Note
    ) -> None:
        with self._served(servers, elsewhere) as place, opened(place) as scene:
            servers.make_synchronous()
            self._waits_for_the_standby(servers, scene)
            crowd = Crowd(scene)
            acknowledged = crowd.acknowledged(BEFORE)

            servers.primary.kill()
            killed_at = time.monotonic()
            self._hear_no(scene)
            servers.fail_over()
            assert scene.buy().order
            record_property("pause_s", f"{time.monotonic() - killed_at:.1f}")
            crowd.join()

            assert acknowledged <= {order.id for order in place.ledger.books().orders}
            assert len(acknowledged) < BUYERS * EACH, "It died while people bought."
            assert all(program.deaths == 0 for program in place.programs.values())
            assert ask(servers.standby, "SELECT pg_is_in_recovery()") == [(False,)]
            scene.assert_in_order()

    def _served(self, servers: Pair, elsewhere: str) -> AbstractContextManager[Served]:
        return served(
            "monolith", seed="failover", on_postgresql=False, DATABASE_URL=servers.url("shop"),
            PAYMENTS_DATABASE_URL=elsewhere,
        )

    def _waits_for_the_standby(self, servers: Pair, scene: Scene) -> None:
        """While there is none nothing is acknowledged, not even to a client whose own time is over."""
        servers.standby.stop()
        hurried, body = {"Idempotency-Key": "hurried", "Deadline-Ms": "500"}, {"currency": "EUR", "lines": []}
        headers = {"Content-Type": "application/json", **hurried}
        client = scene.client()
        status, answer = client.once("POST", "/api/v1/carts", json.dumps(body), headers)
        assert status in (NOT_NOW, UNHEARD), (status, answer)
        assert scene.read() == 200

        servers.standby.start()

        assert client.ask("POST", "/api/v1/carts", body, key="hurried")[0] == PLACED
        client.close()

    def _hear_no(self, scene: Scene) -> None:
        """Until somebody who asks once is told to come back later, and nothing else."""
        client, give_up_at = scene.client(), time.monotonic() + PATIENCE_S
        while (status := scene.try_to_buy(client)) != NOT_NOW:
            assert status in (PLACED, 202), (status, scene.place.log)
            assert time.monotonic() < give_up_at
        client.close()


LAGGED = {
    "checkout": ("DATABASE_URL", "CHECKOUT_DATABASE_URL"),
    "all but payments": ("PAYMENTS_DATABASE_URL", "DATABASE_URL"),
}
"""What lies on the server that stays, and on the one whose standby lagged."""


@pytest.mark.postgresql
@pytest.mark.proves("R9", "I1", "I2", "I3", "I5", "I8", "I9")
class TestStandbyThatLagged:
    """The standby has not heard of the last orders; the bank knows all, and whoever is on another server."""

    @pytest.fixture(params=LAGGED)
    def shop(
        self, request: pytest.FixtureRequest, servers: Pair, elsewhere: str, tmp_path_factory: pytest.TempPathFactory
    ) -> Premises:
        folder = tmp_path_factory.mktemp("lagged") / "shop"
        folder.mkdir()
        stays, dies = LAGGED[request.param]
        return Premises(folder, {stays: elsewhere, dies: servers.url("shop")})

    def test_has_each_order_that_it_lost_named_until_an_operator_has_seen_to_it(
        self, servers: Pair, shop: Premises
    ) -> None:
        *_, then = shop.live("open", "sell=2", "tell")
        servers.part()
        *_, later = shop.live("sell=2", "begin", "tell")
        lost = later["orders"].keys() - then["orders"].keys()

        servers.primary.kill()
        servers.fail_over()
        now, _, found, *_, left, said = shop.live(
            "tell", "later=11", "audit", "repair", "settle", "repair", "settle", "repair", "say",
        )

        assert now["orders"] == then["orders"]
        assert len(lost) == 3
        assert {about for code, about in found if code in NAMING} == lost
        assert {about for _, about, outcome in left} == lost
        assert {outcome for *_, outcome in left} == {"named"}
        assert all(order in said for order in lost)
        self._is_over_when_the_money_went_back(shop, later)

    def _is_over_when_the_money_went_back(self, shop: Premises, later: dict[str, Any]) -> None:
        *_, settled, _, _, said, now = shop.live(
            "give_back", "repair", "settle", "say", "count_on=1000", "sell=1", "say", "tell"
        )

        assert settled == said == IN_ORDER
        assert now["lost"] == sorted(later["orders"].keys() - now["orders"].keys())
        assert now["kept"] == len(now["orders"]) * PRICE_MINOR
        assert not set(now["numbers"][-1:]) & set(later["numbers"]), "A number that somebody knows was given again."
