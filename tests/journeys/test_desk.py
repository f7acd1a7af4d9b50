"""A fact that its consumer cannot take: seen by an operator with its cause and age, and taken once that is mended."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections

from modules.shipping.interface import Shipping
from storefront.events.outbox import GIVE_UP_AFTER
from storefront.interface import connect
from storefront.testing.world import World
from tests.journeys.operator import Operator, audited
from tests.journeys.shop import Shopper, shelve
from tests.operators.office import log_of

CAUSE = "no room for another line"
_REFUSE = {
    "sqlite": "CREATE TRIGGER out_of_room BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, '{cause}'); END",
    "postgresql": """
        CREATE FUNCTION out_of_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{cause}'; END $$;
        CREATE TRIGGER out_of_room BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION out_of_room()
    """,
}
_RELENT = {
    "sqlite": "DROP TRIGGER IF EXISTS out_of_room",
    "postgresql": "DROP FUNCTION IF EXISTS out_of_room() CASCADE",
}


@contextmanager
def full(module: str, table: str) -> Iterator[Any]:
    """A table of a module takes no more rows until it is given room."""
    vendor = connections[module].vendor

    def make_room() -> None:
        with connections[module].cursor() as cursor:
            cursor.execute(_RELENT[vendor])

    with connections[module].cursor() as cursor:
        cursor.execute(_REFUSE[vendor].format(table=table, cause=CAUSE))
    try:
        yield make_room
    finally:
        make_room()


@pytest.fixture
def order(world: World) -> dict[str, Any]:
    """An order that is paid; its parcel waits."""
    shelve(world, "RED-MUG-L")
    shopper = Shopper()
    checkout = shopper.checkout(("RED-MUG-L", 1))
    placed = dict(shopper.complete(checkout).json())
    world.settle()
    return placed | {"checkout": checkout["id"]}


def dispatched(world: World, order: dict[str, Any]) -> None:
    """The parcel leaves, and checkout is told until it is given up: after pauses that double."""
    (shipment,) = connect(Shipping).shipments_of(order_id=order["id"])
    connect(Shipping).dispatch(key=world.key(), shipment_id=shipment.id)
    for attempt in range(GIVE_UP_AFTER):
        world.settle()
        world.clock.advance(seconds=min(601, 2 ** (attempt + 2)))
    world.settle()


def status_of(order: dict[str, Any]) -> str:
    return str(Shopper().order(order["id"], order["checkout"])["fulfilment_status"])


@pytest.mark.proves("R22")
class TestADeadLetter:
    LETTERS = "/admin/shipping/delivery/"

    def test_is_seen_with_its_cause_and_age_and_is_taken_once_that_is_mended(
        self, world: World, order: dict[str, Any]
    ) -> None:
        with full("checkout", "checkout_timelineentry") as make_room:
            dispatched(world, order)
            desk = Operator()
            assert "Shipping: Dead letters" in desk.read("/admin/")
            ((letter, said),) = desk.rows(f"{self.LETTERS}?condition=dead")
            assert "shipping.shipment_dispatched" in said
            assert (CAUSE in said, "minutes" in said) == (True, True)
            found = audited(world)
            assert ({*found}, "delivery.dead" in found["shipping"]) == ({"checkout", "shipping"}, True)
            assert CAUSE in world.manage("shipping", "events", "dead").output

            make_room()
            desk.act(self.LETTERS, "try_again", letter)
            world.settle()

        assert status_of(order) == "fulfilled"
        assert "Follow-up" not in desk.read("/admin/")
        assert audited(world) == {}
        entry = log_of("shipping")[-1]
        assert (entry.operator, entry.action, entry.object_id) == ("grace", "try_again", letter)
