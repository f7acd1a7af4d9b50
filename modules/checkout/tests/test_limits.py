"""A limited edition: so many units for each customer, over all orders that stand."""

from collections.abc import Iterator

import pytest

from modules.checkout import limits
from modules.checkout.interface import Checkout, Placement, PurchaseLimitReached
from modules.checkout.models import Order, Purchase, PurchaseLimit
from modules.checkout.tests.conftest import READY, Surroundings
from storefront.interface import connect
from storefront.personal.module import export, find
from storefront.personal.subject import Subject
from storefront.testing.world import World

checkouts = connect(Checkout)


@pytest.fixture(autouse=True)
def _limited(world: World) -> Iterator[None]:
    PurchaseLimit.objects.create(sku="RED-MUG", units=3)
    limits.forget()
    yield
    limits.forget()


class Shop:
    """Carts of the same goods, one after the other."""

    def __init__(self, world: World, around: Surroundings) -> None:
        self.world = world
        self.around = around
        self.count = 0

    def buy(self, units: int, *, email: str = "ada@example.org") -> Placement:
        self.count += 1
        self.around.quantity = units
        details = type(READY)(
            email=email, shipping_address=READY.shipping_address, shipping_option="standard", payment=READY.payment,
        )
        view = checkouts.open(key=self.world.key(), cart_id=f"crt_{self.count}", details=details)
        return checkouts.complete(key=self.world.key(), checkout_id=view.id)


@pytest.fixture
def shop(world: World, around: Surroundings) -> Shop:
    return Shop(world, around)


@pytest.mark.proves("S11")
class TestPurchaseLimit:
    def test_allows_so_many_units_and_no_more_over_several_orders(self, shop: Shop) -> None:
        shop.buy(2)

        with pytest.raises(PurchaseLimitReached) as refused:
            shop.buy(2)
        shop.buy(1)

        assert (refused.value.limit, refused.value.bought, refused.value.requested) == (3, 2, 2)
        assert Order.objects.count() == 2

    def test_refuses_before_stock_and_money_are_touched(self, shop: Shop) -> None:
        with pytest.raises(PurchaseLimitReached):
            shop.buy(4)

        assert shop.around.done(shop.around.inventory) == []
        assert shop.around.done(shop.around.payments) == []
        assert not Order.objects.exists()

    @pytest.mark.parametrize("alias", [
        "ADA@Example.org", "ada+2@example.org", " ada@example.org", "ada@example.org.", "\uff41da@example.org",
        "ada@\uff45xample.org", "ada\u200b@example.org", '"ada"@example.org', "ada@example\u3002org",
    ])
    def test_knows_a_customer_by_the_mailbox(self, shop: Shop, alias: str) -> None:
        shop.buy(3)

        with pytest.raises(PurchaseLimitReached):
            shop.buy(1, email=alias)

    def test_counts_what_an_earlier_release_noted(self, shop: Shop) -> None:
        placed = shop.buy(1)
        Purchase.objects.filter(order_id=placed.order_id).update(customer="ada@example.org", units=3)

        with pytest.raises(PurchaseLimitReached):
            shop.buy(1)

    def test_takes_an_address_that_grows_when_it_is_spelled_out(self, shop: Shop) -> None:
        assert shop.buy(3, email=f"{chr(0xfdfa) * 200}@example.org").order

    def test_tells_a_person_of_what_they_bought_under_another_spelling(self, shop: Shop) -> None:
        typed = "Ada+2@b\u00fccher.example"
        shop.buy(2, email=typed)

        known = find("checkout", Subject(email=typed))

        assert Purchase.objects.get().customer == "ada@xn--bcher-kva.example"
        assert len(export("checkout", Subject(email=typed, references=known.references))["purchases"]) == 1

    def test_leaves_other_customers_alone(self, shop: Shop) -> None:
        shop.buy(3)

        shop.buy(3, email="grace@example.org")

        assert Purchase.objects.count() == 2

    def test_gives_back_what_a_canceled_order_had(self, shop: Shop) -> None:
        placed = shop.buy(3)
        shop.world.settle()
        Order.objects.filter(id=placed.order_id).update(status="canceled")

        assert shop.buy(3).order

    def test_of_another_sku_costs_and_keeps_nothing(self, shop: Shop) -> None:
        PurchaseLimit.objects.update(sku="BLUE-MUG")
        limits.forget()

        shop.buy(99)

        assert not Purchase.objects.exists()
