"""Who holds stock from others: nobody by browsing, and nobody for longer than a reservation lives."""

from collections import Counter
from functools import partial

import pytest

from tests.journeys.crowd import outcomes
from tests.races.scene import Entry, Scene, orders


@pytest.mark.proves("S11", "I9")
@pytest.mark.rival("vendure#3509")
class TestHolding:
    def test_begins_with_paying_not_with_a_cart_or_a_checkout(self, here: Scene) -> None:
        here.shelve("RED-MUG", on_hand=3)

        entries = here.entries(40, ("RED-MUG", 3))

        assert here.available("RED-MUG") == 3
        assert entries[0].buy().status_code == 201

    def test_ends_with_the_attempt_when_the_bank_says_no(self, served: Scene) -> None:
        served.shelve("RED-MUG", on_hand=4)
        hoarders = served.entries(24, ("RED-MUG", 1), token="tok_declined")

        answers = served.rush([entry.buy for entry in hoarders])

        told = outcomes(answers)
        assert set(told) <= {(402, "payment_declined"), (409, "inventory.out_of_stock")}
        assert served.available("RED-MUG") == 4
        (honest,) = served.entries(1, ("RED-MUG", 4))
        assert honest.buy().status_code == 201

    def test_ends_while_the_bank_waits_for_its_customer(self, served: Scene) -> None:
        served.shelve("RED-MUG", on_hand=4)
        hoarders = served.entries(12, ("RED-MUG", 1), token="tok_3ds")

        told = outcomes(served.rush([partial(asked, entry) for entry in hoarders]))

        assert set(told) <= {(402, "payments.action_required"), (402, "action_required"),
                             (409, "inventory.out_of_stock")}
        assert served.available("RED-MUG") == 4

    def test_of_hoarders_and_buyers_leaves_nothing_unsold_that_somebody_waits_for(self, served: Scene) -> None:
        """Whoever is refused while a hoarder's attempt lasts, and asks again, gets the unit."""
        served.shelve("RED-MUG", on_hand=10)
        hoarders = served.entries(20, ("RED-MUG", 1), token="tok_declined")
        honest = served.entries(10, ("RED-MUG", 1))

        answers = served.rush([
            *(entry.buy for entry in hoarders), *(partial(persistent, entry) for entry in honest)
        ])

        assert outcomes(answers[20:]) == Counter({(201, ""): 10})
        assert orders() == 10
        assert served.available("RED-MUG") == 0


def asked(entry: Entry) -> object:
    """Complete once."""
    return entry.shopper.complete(entry.checkout)


def persistent(entry: Entry) -> object:
    """Ask again as long as it is out of stock."""
    for number in range(200):
        answer = entry.shopper.complete(entry.checkout, key=f"{entry.checkout['id']}-{number}")
        if answer.status_code != 409:
            break
    return answer
