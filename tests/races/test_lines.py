"""Several lines in one order: all or none, in any order of locks."""

from collections import Counter
from functools import partial

import pytest

from modules.checkout.models import OrderLine
from modules.inventory.interface import Inventory, OutOfStock, StockLine
from storefront.interface import Refusal, connect
from tests.journeys.crowd import outcomes
from tests.races import REPEATS
from tests.races.scene import Scene, charges, orders


@pytest.mark.proves("R18", "I1", "I2")
@pytest.mark.rival("django-oscar#2102", "medusa#16502", "medusa#16569")
class TestCartsOfTwo:
    @pytest.mark.parametrize("_repeat", range(REPEATS))
    def test_in_reversed_order_get_both_or_neither(self, served: Scene, _repeat: int) -> None:
        served.shelve("RED-MUG", on_hand=9)
        served.shelve("BLUE-MUG", on_hand=5)
        entries = [
            *served.entries(12, ("RED-MUG", 1), ("BLUE-MUG", 1)), *served.entries(12, ("BLUE-MUG", 1), ("RED-MUG", 1)),
        ]

        answers = served.rush([entry.buy for entry in entries])

        assert outcomes(answers) == Counter({(201, ""): 5, (409, "inventory.out_of_stock"): 19})
        assert orders() == len(charges()) == 5
        assert Counter(OrderLine.objects.values_list("sku", flat=True)) == Counter({"RED-MUG": 5, "BLUE-MUG": 5})
        assert (served.available("RED-MUG"), served.available("BLUE-MUG")) == (4, 0)

    @pytest.mark.parametrize("_repeat", range(REPEATS))
    def test_that_only_one_can_have_do_not_keep_each_other_from_it(self, served: Scene, _repeat: int) -> None:
        served.shelve("RED-MUG", on_hand=1)
        served.shelve("BLUE-MUG", on_hand=1)
        entries = [
            *served.entries(8, ("RED-MUG", 1), ("BLUE-MUG", 1)), *served.entries(8, ("BLUE-MUG", 1), ("RED-MUG", 1)),
        ]

        answers = served.rush([entry.buy for entry in entries])

        assert outcomes(answers) == Counter({(201, ""): 1, (409, "inventory.out_of_stock"): 15})
        assert (served.available("RED-MUG"), served.available("BLUE-MUG")) == (0, 0)


@pytest.mark.proves("R18", "I1")
@pytest.mark.rival("medusa#16502")
class TestLinesOfOneSku:
    """Parts of a bundle that share a SKU ask for their sum."""

    @pytest.mark.parametrize("_repeat", range(REPEATS * 3))
    def test_are_summed_before_they_are_held(self, here: Scene, _repeat: int) -> None:
        here.shelve("RED-MUG", on_hand=20)
        here.shelve("BLUE-MUG", on_hand=100)
        bundle = (
            StockLine(sku="RED-MUG", quantity=2), StockLine(sku="BLUE-MUG", quantity=1),
            StockLine(sku="RED-MUG", quantity=1),
        )

        answers = here.rush([
            partial(reserved, f"ord_{number}", bundle if number % 2 else bundle[::-1]) for number in range(32)
        ])

        assert Counter(answers) == Counter({"": 6, OutOfStock.code: 26})
        (level,) = connect(Inventory).levels(skus=("RED-MUG",))
        assert level.reserved == 18
        assert here.available("BLUE-MUG") == 94
        for number in range(32):
            connect(Inventory).release(key=f"back:{number}", order_id=f"ord_{number}")


def reserved(order_id: str, lines: tuple[StockLine, ...]) -> str:
    """Hold stock; the refusal, if there is one."""
    try:
        connect(Inventory).reserve(key=f"hold:{order_id}", order_id=order_id, lines=lines)
    except Refusal as refusal:
        return refusal.code
    return ""
