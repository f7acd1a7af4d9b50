"""Reservations by the thousand run out in the same second, while buying goes on."""

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connections

from modules.inventory import store
from modules.inventory.domain import HOLD
from modules.inventory.interface import Inventory
from modules.inventory.models import Reservation
from modules.inventory.tasks import BATCH, expire_reservations
from storefront import clock
from storefront.database.unit import unit_of_work
from storefront.interface import connect
from tests.journeys.crowd import outcomes
from tests.races import EXPIRING
from tests.races.scene import Scene, charges, orders

SKUS = 10
_HELD = """
WITH made AS (
    INSERT INTO inventory_reservation (order_id, status, expires_at, has_backorder, created_at)
    SELECT 'ord_old_' || n, 'held', %(until)s, false, %(now)s FROM generate_series(1, %(count)s) AS n
), lines AS (
    INSERT INTO inventory_reservationline (order_id, sku, location, quantity, held, shipped)
    SELECT 'ord_old_' || n, 'MUG-' || n %% %(skus)s, 'BER', 1, 1, 0 FROM generate_series(1, %(count)s) AS n
), log AS (
    INSERT INTO inventory_movement
        (sku, location, kind, on_hand, allocated, reserved, backordered, order_id, reason, actor, at)
    SELECT 'MUG-' || n %% %(skus)s, 'BER', 'reserved', 0, 0, 1, 0, 'ord_old_' || n, '', '', %(now)s
    FROM generate_series(1, %(count)s) AS n
)
UPDATE inventory_level SET reserved = reserved + %(count)s / %(skus)s WHERE sku LIKE 'MUG-%%'
"""


def reserve_all(count: int) -> None:
    """As so many commands would have left it: every unit of every SKU is held, until the same second."""
    now = clock.now()
    values: dict[str, Any] = {"count": count, "skus": SKUS, "until": now + HOLD, "now": now}
    with unit_of_work("inventory"), connections["inventory"].cursor() as cursor:
        cursor.execute(_HELD, values)


@pytest.mark.proves("R19", "I1", "I9", "S11")
@pytest.mark.rival("vendure#3509")
class TestStorm:
    def test_frees_everything_while_buyers_take_it(self, here: Scene) -> None:
        count = EXPIRING // SKUS * SKUS
        for number in range(SKUS):
            here.shelve(f"MUG-{number}", on_hand=count // SKUS)
        entries = [entry for number in range(SKUS) for entry in here.entries(4, (f"MUG-{number}", 1))]
        reserve_all(count)
        assert here.available("MUG-0") == 0
        here.world.clock.advance(minutes=10, seconds=1)

        answers = here.rush([
            *(entry.buy for entry in entries), *(partial(swept, here) for _ in range(2))
        ])

        assert outcomes(answers[: len(entries)]) == Counter({(201, ""): len(entries)})
        assert orders() == len(charges()) == len(entries)
        assert not Reservation.objects.filter(status="held", expires_at__lte=clock.now()).exists()
        assert sum(here.available(f"MUG-{number}") for number in range(SKUS)) == count - len(entries)

    def test_is_swept_in_batches(self, here: Scene) -> None:
        """No transaction holds its locks for longer than a batch takes."""
        for number in range(SKUS):
            here.shelve(f"MUG-{number}", on_hand=BATCH)
        reserve_all(BATCH * SKUS)
        later = clock.now() + HOLD + timedelta(seconds=1)
        here.world.clock.advance(minutes=10, seconds=1)

        with unit_of_work("inventory") as unit:
            unit.now = later
            assert expire_reservations(later) == BATCH

        assert Reservation.objects.filter(status="expired").count() == BATCH

    def test_is_not_put_right_by_the_first_buyer_alone(self, here: Scene) -> None:
        """A buyer takes back what one order needs, and leaves the rest to the sweep."""
        for number in range(SKUS):
            here.shelve(f"MUG-{number}", on_hand=BATCH * 3)
        reserve_all(BATCH * 3 * SKUS)
        here.world.clock.advance(minutes=10, seconds=1)

        (entry,) = here.entries(1, ("MUG-0", 2))
        answer = entry.buy()

        assert answer.status_code == 201
        (level,) = connect(Inventory).levels(skus=("MUG-0",))
        assert BATCH * 3 - level.reserved - level.allocated <= BATCH


def swept(scene: Scene) -> object:
    """The sweep, until nothing is overdue."""
    while store.overdue_orders(clock.now(), limit=1):
        with unit_of_work("inventory") as unit:
            unit.now = clock.now()
            expire_reservations(unit.now)
    return None


