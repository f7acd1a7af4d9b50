"""A server that has become read-only is to the shop what a server is that is away."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, close_old_connections, connections, transaction
from psycopg import sql

from storefront.database.unit import unit_of_work
from storefront.interface import OutcomeUnknown, connect
from storefront.sagas import progress, start, store
from storefront.testing.world import World
from storefront.tests.kitchen import CONSUMER, open_kitchen, owed, picked
from storefront.tests.test_sagas import LOG, Cook, Recipe
from storefront.tests.toy import MODULE, Orchard, planted

POOL = 5
"""Connections at most, each of which may lead to the old primary until something is to be written over it."""
orchard = connect(Orchard)
pytestmark = pytest.mark.postgresql


@pytest.fixture(params=["pooled", "kept"])
def shop(committed_world: World, request: pytest.FixtureRequest) -> Iterator[World]:
    """Connections are lent by a pool, or each thread keeps its own."""
    pools = {alias: options_of(alias).get("pool") for alias in connections}
    forget_connections()
    for alias in pools:
        options_of(alias)["pool"] = {"min_size": 0, "max_size": POOL} if request.param == "pooled" else None
    yield committed_world
    forget_connections()
    for alias, pool in pools.items():
        options_of(alias)["pool"] = pool


def options_of(alias: str) -> dict[str, Any]:
    options: dict[str, Any] = connections[alias].settings_dict["OPTIONS"]
    return options


def forget_connections() -> None:
    for alias in connections:
        connections[alias].close()
        connections[alias].close_pool()  # type: ignore[attr-defined]  # of PostgreSQL's alone


@contextmanager
def demoted(*aliases: str) -> Iterator[None]:
    """Who connects meanwhile is connected to a server that is not the primary, and stays so."""
    names = [sql.Identifier(connections[alias].settings_dict["NAME"]) for alias in aliases]
    with psycopg.connect(os.environ["DATABASE_URL"], dbname="postgres", autocommit=True) as server:
        for name in names:
            server.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(name))
        forget_connections()
        try:
            for alias in aliases:
                assert asked(alias, "SHOW transaction_read_only") == "on"
            yield
        finally:
            for name in names:
                server.execute(sql.SQL("ALTER DATABASE {} RESET default_transaction_read_only").format(name))


def asked(alias: str, question: str) -> Any:
    """Over the connection that this thread has."""
    with connections[alias].cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


def new_cart(shop: World) -> Any:
    return shop.client.post("/api/v1/carts", {"currency": "EUR", "lines": []}, content_type="application/json")


@pytest.mark.proves("R9")
class TestServerThatIsNoLongerThePrimary:
    def test_is_answered_for_with_503_until_there_is_a_primary(self, shop: World) -> None:
        with demoted("cart"):
            refused = new_cart(shop)
            still_read = shop.client.get("/api/v1/carts/crt_nobodys")

        answers = [new_cart(shop).status_code for _ in range(POOL + 1)]

        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert refused.headers["Retry-After"] == "1"
        assert still_read.status_code == 404
        assert answers[-1] == 201, answers

    def test_is_left_by_the_platforms_own_retry_once_there_is_a_primary(self, shop: World) -> None:
        with demoted(MODULE):
            pass

        with planted() as grower:
            orchard.pick(key="after-the-failover", fruit="FIG", pieces=1)

        assert grower.picked == ["FIG"]

    @pytest.mark.parametrize("is_debugged", [False, True])
    def test_is_left_by_a_transaction_that_has_begun(
        self, shop: World, monkeypatch: pytest.MonkeyPatch, is_debugged: bool
    ) -> None:
        monkeypatch.setattr(connections[MODULE], "force_debug_cursor", is_debugged)
        with demoted(MODULE):
            with pytest.raises(OperationalError, match="closed" if is_debugged else "read-only"):
                self._write()
            assert connections[MODULE].connection is None, "It would lead to the same server."

    def _write(self) -> None:
        with transaction.atomic(using=MODULE):
            asked(MODULE, "SELECT 1")
            with transaction.atomic(using=MODULE), connections[MODULE].cursor() as cursor:
                cursor.execute(f"DELETE FROM {MODULE}_inbox")

    def test_says_nothing_about_the_facts_that_its_module_hears(self, shop: World) -> None:
        with open_kitchen() as kitchen:
            picked(("FIG", 1))
            with demoted(CONSUMER):
                self._turn(shop, times=30)
                assert (kitchen.heard, owed()) == ([], 1)

            self._turn(shop, times=4 * POOL)

            assert (kitchen.heard, owed()) == ([("FIG", 1)], 0)

    def _turn(self, shop: World, *, times: int) -> None:
        """As the background does, a minute after the other: what fails is tried again."""
        for _ in range(times):
            shop.clock.advance(minutes=1)
            with suppress(OperationalError):
                shop.settle()
            close_old_connections()

    def test_lets_sagas_go_on_later(self, shop: World) -> None:
        LOG.clear()
        with unit_of_work("checkout"):
            saga_id = start(Cook, Recipe(dish="SOUP"), subject="table-1").id
        with demoted("checkout"):
            with pytest.raises(OutcomeUnknown, match="read-only"):
                progress("checkout", saga_id, seconds=0.1)
            self._turn(shop, times=1)
            assert LOG == []

        self._turn(shop, times=4 * POOL)

        assert store.table("checkout").get(id=saga_id).status == "done"
        assert LOG == ["slice", "boil", "serve", "wash up"]


class TestServerThatHungUpOnATransaction:
    def test_is_left_too(self, shop: World) -> None:
        with pytest.raises(OperationalError, match="idle-in-transaction"):
            self._stand_still()

        assert asked(MODULE, "SELECT 1") == 1

    @transaction.atomic(using=MODULE)
    def _stand_still(self) -> None:
        """Until the server has had enough of this thread."""
        asked(MODULE, "SELECT set_config('idle_in_transaction_session_timeout', '20ms', true)")
        backend = asked(MODULE, "SELECT pg_backend_pid()")
        with psycopg.connect(os.environ["DATABASE_URL"], dbname="postgres", autocommit=True) as server:
            while server.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [backend]).fetchone():
                time.sleep(0.05)
        asked(MODULE, "SELECT 1")
