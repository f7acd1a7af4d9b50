"""A session that opens a transaction and forgets it: the database ends it, and whoever waited goes on."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connections

from modules.checkout.models import Order
from storefront.audit import findings
from storefront.database.schema import schema_of
from storefront.testing.world import World
from storefront.topology import modules_here
from tests.journeys.shop import Shopper, shelve

LONGEST_MS = 60_000
PATIENCE_MS = 500
"""Of the database of this test with a session that does nothing."""


@pytest.fixture
def forgetful(committed_world: World) -> Iterator["psycopg.Connection[Any]"]:
    """A session of somebody else at inventory's database, which may do nothing in a transaction for half a second."""
    found = connections["inventory"].get_connection_params()
    wanted = {name: found[name] for name in ("dbname", "user", "host", "port", "password") if found.get(name)}
    options = f"-c search_path={schema_of('inventory')},public -c idle_in_transaction_session_timeout={PATIENCE_MS}"
    with psycopg.connect(**wanted, options=options) as session:
        yield session


@pytest.mark.postgresql
@pytest.mark.proves("R24")
class TestASessionThatForgetsItsTransaction:
    def test_of_ours_is_ended_after_a_minute(self, world: World) -> None:
        for module in modules_here():
            with connections[module].cursor() as cursor:
                cursor.execute(
                    "SELECT setting::int FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout'"
                )
                assert 0 < cursor.fetchone()[0] <= LONGEST_MS

    def test_keeps_nobody_from_buying(
        self, committed_world: World, forgetful: "psycopg.Connection[Any]"
    ) -> None:
        shelve(committed_world, "RED-MUG")
        forgetful.execute("SELECT * FROM inventory_stockitem WHERE sku = 'RED-MUG' FOR UPDATE")

        answer = Shopper().buy(("RED-MUG", 1))  # waits for the row
        for _ in range(5):
            committed_world.clock.advance(minutes=1)
            committed_world.settle()

        assert answer.status_code in (201, 202)
        with pytest.raises(psycopg.Error):
            forgetful.execute("SELECT 1")
        assert [order.payment_status for order in Order.objects.all()] == ["paid"]
        assert list(findings()) == []
