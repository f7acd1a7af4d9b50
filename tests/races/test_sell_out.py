"""A sell-out at the face of inventory: every unit is held once, and nobody is refused while one is left."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from modules.inventory.audit import audit
from modules.inventory.interface import Inventory, OutOfStock, StockLine
from storefront.interface import OutcomeUnknown, Unavailable, connect
from storefront.testing.world import World
from tests.journeys.shop import stock
from tests.races import SELLOUT

BUYERS_AT_ONCE = 32


@pytest.mark.proves("R17", "I1")
@pytest.mark.rival("medusa#16569", "medusa#12401", "vendure#3508")
class TestSellOut:
    def test_holds_every_unit_for_somebody(self, committed_world: World) -> None:
        stock(committed_world, "HOT-MUG", SELLOUT)
        buyers = SELLOUT + SELLOUT // 4

        with ThreadPoolExecutor(BUYERS_AT_ONCE, initializer=connections.close_all) as threads:
            heard = Counter(threads.map(attempt, range(buyers)))

        assert heard == Counter({"held": SELLOUT, "refused": buyers - SELLOUT})
        (level,) = connect(Inventory).levels(skus=("HOT-MUG",))
        assert (level.on_hand, level.reserved, level.allocated) == (SELLOUT, SELLOUT, 0)
        assert list(audit()) == []


def attempt(number: int) -> str:
    """A buyer, who repeats what was not answered with its key, as a saga does."""
    line = StockLine(sku="HOT-MUG", quantity=1)
    while True:
        try:
            connect(Inventory).reserve(key=f"buy:{number}", order_id=f"ord_{number}", lines=(line,))
        except OutOfStock:
            return "refused"
        except (Unavailable, OutcomeUnknown):
            continue
        finally:
            connections.close_all()
        return "held"
