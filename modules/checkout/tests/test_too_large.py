"""What comes to more than anybody can be charged is refused before anything is held."""

from collections.abc import Callable

import pytest

from modules.checkout.interface import Checkout, CheckoutView, Placement, TotalTooLarge
from modules.checkout.models import Checkout as Draft
from modules.checkout.models import Order
from modules.checkout.tests.conftest import READY, Surroundings
from storefront.interface import connect
from storefront.money import LARGEST_AMOUNT, Money
from storefront.testing.world import World

checkouts = connect(Checkout)
SHIPPING = 490


class TestATotalTooLarge:
    @pytest.mark.parametrize("quantity", [1, 9, 99])
    def test_opens_no_checkout(self, world: World, around: Surroundings, quantity: int) -> None:
        around.price, around.quantity = Money(10**17, "EUR"), quantity

        with pytest.raises(TotalTooLarge, match=r"more than 90071992547409\.91 EUR"):
            checkouts.open(key=world.key(), cart_id="crt_1", details=READY)

        assert not Draft.objects.exists()

    def test_of_a_price_that_has_risen_places_no_order_and_leaves_the_checkout_free(
        self, around: Surroundings, opened: CheckoutView, world: World, complete: Callable[..., Placement]
    ) -> None:
        around.price, around.quantity = Money(10**17, "EUR"), 99

        for _ in range(2):
            with pytest.raises(TotalTooLarge):
                checkouts.complete(key=world.key(), checkout_id=opened.id)
        with pytest.raises(TotalTooLarge):
            checkouts.checkout(checkout_id=opened.id)

        assert around.done(around.inventory) == around.done(around.payments) == []
        assert not Order.objects.exists()
        around.price, around.quantity = Money(1250, "EUR"), 2
        assert complete().order

    def test_is_one_minor_unit_more_than_the_largest(self, world: World, around: Surroundings) -> None:
        around.quantity = 1
        around.price = Money(LARGEST_AMOUNT - SHIPPING, "EUR")
        view = checkouts.open(key=world.key(), cart_id="crt_1", details=READY)
        around.price += Money(1, "EUR")

        with pytest.raises(TotalTooLarge):
            checkouts.checkout(checkout_id=view.id)

        around.price -= Money(1, "EUR")
        assert checkouts.complete(key=world.key(), checkout_id=view.id).order
        assert Order.objects.get().total_minor == LARGEST_AMOUNT
