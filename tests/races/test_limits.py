"""What may be used once, or so often for each customer, is used so often, however many try at the same moment."""

import time
from collections import Counter
from functools import partial

import pytest

from modules.checkout import limits
from modules.checkout.models import Purchase, PurchaseLimit
from tests.journeys.crowd import outcomes
from tests.races import REPEATS
from tests.races.scene import Entry, Scene, charges, orders

TRIES = 50
"""Of one customer at each web process."""


@pytest.mark.proves("R20", "S6", "S11", "I3")
@pytest.mark.rival("CVE-2026-47741", "vendure#4660", "saleor#544")
class TestPurchaseLimit:
    """The shop's own single-use thing: one unit of a limited edition for each customer."""

    @pytest.mark.parametrize("_repeat", range(REPEATS))
    def test_of_one_is_used_once_by_up_to_two_hundred_carts_of_one_customer(self, served: Scene, _repeat: int) -> None:
        assert served.servers
        tries = TRIES * len(served.servers.ports)
        served.shelve("RARE-MUG", on_hand=tries)
        PurchaseLimit.objects.create(sku="RARE-MUG", units=1)
        wait_until_known(served)
        entries = served.entries(tries, ("RARE-MUG", 1))

        answers = served.rush([entry.buy for entry in entries])

        assert outcomes(answers) == Counter({(201, ""): 1, (409, "checkout.purchase_limit_reached"): tries - 1})
        assert orders() == Purchase.objects.count() == len([charge for charge in charges() if charge]) == 1
        assert served.available("RARE-MUG") == tries - 1

    @pytest.mark.parametrize("_repeat", range(REPEATS))
    def test_of_five_is_five_units_in_threads_of_one_process(self, here: Scene, _repeat: int) -> None:
        here.shelve("RARE-MUG", on_hand=100)
        PurchaseLimit.objects.create(sku="RARE-MUG", units=5)
        limits.forget()
        entries = [*here.entries(12, ("RARE-MUG", 1)), *here.entries(12, ("RARE-MUG", 2))]

        answers = here.rush([partial(bought, entry) for entry in entries])

        assert 4 <= sum(answers) <= 5  # a last unit may be left over by those who want two
        assert sum(Purchase.objects.values_list("units", flat=True)) == sum(answers)
        assert here.available("RARE-MUG") == 100 - sum(answers)


def bought(entry: Entry) -> int:
    """How many units came of it."""
    answer = entry.buy()
    assert answer.status_code in (201, 409), answer.content
    return int(sum(line["quantity"] for line in answer.json()["lines"])) if answer.status_code == 201 else 0


def wait_until_known(scene: Scene) -> None:
    """A process may go on with the limits that it has read for a few seconds."""
    assert scene.servers
    for number in range(len(scene.servers.ports)):
        shopper = scene.shopper(number)
        for _ in range(60):
            answer = shopper.complete(shopper.checkout(("RARE-MUG", 2), token="tok_declined"))
            if answer.json()["code"] == "checkout.purchase_limit_reached":
                break
            assert answer.status_code == 402
            time.sleep(0.5)
        assert answer.status_code == 409
