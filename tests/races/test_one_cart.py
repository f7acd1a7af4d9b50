"""One cart, many hands: one order, one charge, and the same answer to whoever asks the same thing again."""

from collections import Counter
from functools import partial

import pytest

from tests.journeys.crowd import outcomes
from tests.journeys.shop import ADDRESS, Shopper
from tests.races import REPEATS
from tests.races.scene import Scene, charges, orders

CLIENTS = 16


@pytest.mark.proves("I2", "I3", "S6")
@pytest.mark.rival("medusa#14758", "vendure#2620", "spree#9265", "solidus_stripe#44", "mercur#1418")
class TestOneCart:
    @pytest.mark.parametrize("_repeat", range(REPEATS))
    def test_completed_by_sixteen_clients_with_keys_of_their_own_is_one_order(
        self, served: Scene, _repeat: int
    ) -> None:
        served.shelve("RED-MUG", on_hand=50)
        (entry,) = served.entries(1, ("RED-MUG", 2))
        total = entry.checkout["totals"]["total"]["amount"]

        answers = served.rush([
            partial(served.shopper(number).complete, entry.checkout, key=f"hand-{number}") for number in range(CLIENTS)
        ])

        told = outcomes(answers)
        assert told.pop((201, "")) == 1
        assert set(told) <= {(409, "checkout.completing"), (409, "checkout.completed")}
        assert orders() == 1
        assert charges() == [total]
        assert served.available("RED-MUG") == 48

    @pytest.mark.parametrize("_repeat", range(REPEATS))
    def test_completed_eight_times_with_one_key_is_answered_eight_times_alike(
        self, served: Scene, _repeat: int
    ) -> None:
        served.shelve("RED-MUG", on_hand=50)
        (entry,) = served.entries(1, ("RED-MUG", 2))

        answers = served.rush([
            partial(served.shopper(number).complete, entry.checkout, key="one-click") for number in range(8)
        ])

        assert outcomes(answers) == Counter({(201, ""): 8})
        assert len({answer.content for answer in answers}) == 1
        assert orders() == 1
        assert charges() == [entry.checkout["totals"]["total"]["amount"]]

    @pytest.mark.parametrize("_repeat", range(REPEATS))
    def test_bought_through_sixteen_checkouts_is_one_order(self, served: Scene, _repeat: int) -> None:
        served.shelve("RED-MUG", on_hand=50)
        cart = served.shopper().cart(("RED-MUG", 1))["id"]
        opened = [opened_for(served.shopper(number), cart) for number in range(CLIENTS)]

        answers = served.rush([
            partial(served.shopper(number).complete, checkout) for number, checkout in enumerate(opened)
        ])

        told = outcomes(answers)
        assert told.pop((201, "")) == 1
        assert set(told) <= {(409, "cart.completing"), (409, "cart.completed")}
        assert orders() == len(charges()) == 1
        assert served.available("RED-MUG") == 49

    @pytest.mark.rival("spree#8540", "spree#11286")
    @pytest.mark.parametrize("_repeat", range(REPEATS))
    def test_edited_while_it_is_completed_is_paid_as_it_was_shown_or_not_at_all(
        self, served: Scene, _repeat: int
    ) -> None:
        served.shelve("RED-MUG", on_hand=50)
        (entry,) = served.entries(1, ("RED-MUG", 1))
        lines, more = f"carts/{entry.checkout['cart']}/lines", {"sku": "RED-MUG", "quantity": 1}

        answers = served.rush([
            partial(entry.shopper.complete, entry.checkout),
            *(partial(served.shopper(number).post, lines, more, key=f"more-{number}") for number in range(8)),
        ])

        bought = answers[0].status_code == 201
        assert bought or answers[0].json()["code"] == "price_changed"
        assert charges() == ([entry.checkout["totals"]["total"]["amount"]] if bought else [])
        assert served.available("RED-MUG") == (49 if bought else 50)
        assert set(outcomes(answers[1:])) <= {(201, ""), (409, "cart.completing"), (409, "cart.completed")}


def opened_for(shopper: Shopper, cart: str) -> dict[str, object]:
    """One more checkout of a cart."""
    told = {
        "cart": cart, "email": "ada@example.org", "shipping_address": ADDRESS, "shipping_option": "standard",
        "payment": {"provider": "sandbox", "token": "tok_visa"},
    }
    response = shopper.post("checkouts", told)
    assert response.status_code == 201, response.content
    return dict(response.json())
