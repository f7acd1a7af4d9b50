"""One SKU, more buyers than units: exactly as many orders as there are units."""

from collections import Counter

import pytest

from tests.journeys.crowd import outcomes
from tests.races import REPEATS
from tests.races.scene import Scene, charges, orders

GONE = (409, "inventory.out_of_stock")
PLACED = (201, "")


@pytest.mark.proves("R17", "I1", "I2", "I3", "S11")
@pytest.mark.rival("saleor#543", "vendure#3508", "django-shop#888", "django-oscar#4524")
class TestOneSku:
    @pytest.mark.parametrize("_repeat", range(REPEATS))
    def test_of_two_hundred_units_is_sold_two_hundred_times_to_five_hundred(self, served: Scene, _repeat: int) -> None:
        served.shelve("RED-MUG", on_hand=200)
        entries = served.entries(500, ("RED-MUG", 1))

        answers = served.rush([entry.buy for entry in entries])

        assert outcomes(answers) == Counter({PLACED: 200, GONE: 300})
        assert orders() == len(charges()) == 200
        assert served.available("RED-MUG") == 0

    @pytest.mark.parametrize("_repeat", range(REPEATS))
    def test_of_which_one_unit_is_left_is_sold_once_to_sixty_four(self, served: Scene, _repeat: int) -> None:
        served.shelve("LAST-MUG", on_hand=1)
        entries = served.entries(64, ("LAST-MUG", 1))

        answers = served.rush([entry.buy for entry in entries])

        assert outcomes(answers) == Counter({PLACED: 1, GONE: 63})
        assert orders() == len(charges()) == 1
