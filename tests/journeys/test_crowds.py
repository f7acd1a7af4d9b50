"""Many buyers at once: exactly the right number of orders, charges and refusals."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from modules.checkout.events import OrderPlaced
from modules.inventory.interface import Inventory
from modules.payments.interface import Payments
from storefront.audit import findings
from storefront.interface import connect
from storefront.testing.world import World
from tests.journeys.crowd import at_once, eventually, outcomes
from tests.journeys.shop import Shopper, shelve


@pytest.mark.proves("R17", "I1", "I2", "I3")
@pytest.mark.rival("saleor#543", "vendure#3508", "django-shop#888")
class TestOneSku:
    @pytest.mark.parametrize(("stock", "buyers"), [(20, 32), (1, 16)])
    def test_sells_exactly_what_there_is(self, committed_world: World, stock: int, buyers: int) -> None:
        shelve(committed_world, "RED-MUG-L", on_hand=stock)
        shoppers = [Shopper() for _ in range(buyers)]
        checkouts = [shopper.checkout(("RED-MUG-L", 1)) for shopper in shoppers]
        pairs = zip(shoppers, checkouts, strict=True)

        with committed_world.at_work():
            responses = at_once(
                [partial(eventually, shopper, checkout, key=f"buy-{checkout['id']}") for shopper, checkout in pairs]
            )
        committed_world.settle()

        assert outcomes(responses) == Counter({(201, ""): stock, (409, "inventory.out_of_stock"): buyers - stock})
        assert len(committed_world.published(OrderPlaced)) == stock
        (availability,) = connect(Inventory).availability(skus=("RED-MUG-L",))
        assert availability.available == 0
        assert list(findings()) == []


@pytest.mark.proves("I2", "I3")
@pytest.mark.rival("medusa#14758", "vendure#2620", "solidus_stripe#44")
class TestOneCheckout:
    def test_sent_eight_times_with_one_key_is_one_order_and_equal_answers(self, committed_world: World) -> None:
        shelve(committed_world, "RED-MUG-L")
        checkout = Shopper().checkout(("RED-MUG-L", 1))
        send: Callable[[], Any] = lambda: Shopper().complete(checkout, key="all-the-same")  # noqa: E731

        responses = at_once([send] * 8)
        committed_world.settle()

        assert outcomes(responses) == Counter({(201, ""): 8})
        assert len({response.content for response in responses}) == 1
        self.one_order_one_charge(committed_world)

    def test_sent_eight_times_with_eight_keys_is_one_order_and_seven_refusals(self, committed_world: World) -> None:
        shelve(committed_world, "RED-MUG-L")
        checkout = Shopper().checkout(("RED-MUG-L", 1))

        responses = at_once([partial(Shopper().complete, checkout, key=f"try-{number}") for number in range(8)])
        committed_world.settle()

        assert outcomes(responses)[201, ""] == 1
        refused = [response.json()["code"] for response in responses if response.status_code == 409]
        assert len(refused) == 7
        assert set(refused) <= {"checkout.completing", "checkout.completed"}
        self.one_order_one_charge(committed_world)

    def one_order_one_charge(self, world: World) -> None:
        (placed,) = world.published(OrderPlaced)
        (payment,) = connect(Payments).payments_of(order_id=placed.order_id)
        assert payment.captured == payment.amount == placed.total
        assert list(findings()) == []


@pytest.mark.proves("I2", "I3")
@pytest.mark.rival("spree#9265", "mercur#1418")
class TestOneCart:
    def test_bought_through_two_checkouts_is_one_order(self, committed_world: World) -> None:
        shelve(committed_world, "RED-MUG-L")
        first = Shopper().checkout(("RED-MUG-L", 1))
        body = {
            "cart": first["cart"], "email": "bob@example.org", "shipping_address": first["shipping_address"],
            "shipping_option": "standard", "payment": {"provider": "sandbox", "token": "tok_visa"},
        }
        second = Shopper().post("checkouts", body).json()

        responses = at_once([partial(Shopper().complete, checkout) for checkout in (first, second)])
        committed_world.settle()

        assert sorted(response.status_code for response in responses) in ([201, 409], [409, 409])
        assert len(committed_world.published(OrderPlaced)) <= 1
        assert list(findings()) == []
