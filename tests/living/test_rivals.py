"""The circumstances of other shops' bugs, made again here. See docs/guarantees.md for the threads."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps

from modules.cart.interface import Cart, Completed
from modules.checkout.events import OrderPlaced
from modules.checkout.interface import Checkout
from modules.payments.interface import Payments
from storefront.audit import findings
from storefront.events.event import Event
from storefront.events.subscription import HANDLERS
from storefront.interface import connect
from storefront.rest.keys import mint
from storefront.testing.world import World
from tests.journeys.shop import Shopper, shelve

checkouts, carts, payments = connect(Checkout), connect(Cart), connect(Payments)


@pytest.fixture
def shopper(world: World) -> Shopper:
    shelve(world, "RED-MUG-L", on_hand=20)
    return Shopper()


@contextmanager
def heard(event: type[Event], handler: Callable[[Any], None]) -> Iterator[None]:
    """The module cart hears of it too, for as long as this lasts."""
    before = HANDLERS.get(event.event_type, {})
    HANDLERS[event.event_type] = before | {"cart": [handler]}
    try:
        yield
    finally:
        HANDLERS[event.event_type] = before


class TestLateWebhook:
    @pytest.mark.rival("medusa#14108")
    @pytest.mark.parametrize("token", ["tok_late_webhook", "tok_out_of_order", "tok_duplicate_webhook"])
    def test_finds_a_finished_order_and_leaves_it_alone(self, shopper: Shopper, world: World, token: str) -> None:
        checkout = shopper.checkout(("RED-MUG-L", 1), token=token)
        order_id = shopper.complete(checkout).json()["id"]
        world.settle()
        before = shopper.order(order_id, checkout["id"])

        world.clock.advance(minutes=12)
        world.settle()

        assert shopper.order(order_id, checkout["id"]) == before
        assert (before["status"], before["payment_status"]) == ("placed", "paid")
        assert len(world.published(OrderPlaced)) == 1
        assert list(findings()) == []


class TestOrderPlaced:
    @pytest.mark.rival("vendure#4416")
    def test_is_heard_when_the_order_can_be_read(self, shopper: Shopper, world: World) -> None:
        seen: list[str] = []

        def look(event: OrderPlaced) -> None:
            seen.append(apps.get_model("checkout", "Order").objects.get(id=event.order_id).status)

        with heard(OrderPlaced, look):
            shopper.buy(("RED-MUG-L", 1))
            world.settle()

        assert seen == ["placed"]

    @pytest.mark.rival("spree#13848")
    def test_is_announced_once_however_often_it_is_asked_for(self, shopper: Shopper, world: World) -> None:
        checkout = shopper.checkout(("RED-MUG-L", 1))

        for _ in range(3):
            shopper.complete(checkout)
            world.settle()
        shopper.complete(checkout, key="another")
        world.settle()

        assert len(world.published(OrderPlaced)) == 1

    @pytest.mark.rival("medusa#15122")
    @pytest.mark.parametrize("token", ["tok_declined", "tok_insufficient_funds", "tok_3ds"])
    def test_is_not_announced_of_what_is_undone(self, shopper: Shopper, world: World, token: str) -> None:
        refused = shopper.buy(("RED-MUG-L", 1), token=token)
        world.settle()

        assert refused.status_code == 402
        assert world.published(OrderPlaced) == []
        assert list(findings()) == []

    @pytest.mark.rival("django-oscar#3768")
    def test_that_its_hearer_cannot_handle_takes_nothing_back(self, shopper: Shopper, world: World) -> None:
        def send_a_mail(_event: OrderPlaced) -> None:
            raise RuntimeError("The mail server is away.")

        checkout = shopper.checkout(("RED-MUG-L", 1))
        with heard(OrderPlaced, send_a_mail):
            placed = shopper.complete(checkout)
            world.settle()

            with pytest.raises(Completed):
                carts.add_line(key=world.key(), cart_id=checkout["cart"], sku="RED-MUG-L", quantity=1)

        assert placed.status_code == 201
        assert shopper.order(placed.json()["id"], checkout["id"])["payment_status"] == "paid"
        assert apps.get_model("checkout", "Delivery").objects.filter(attempts__gt=0).exists()


class TestOperator:
    @pytest.mark.rival("medusa#14095")
    def test_filters_orders_by_payment_and_fulfilment(self, shopper: Shopper, world: World) -> None:
        checkout = shopper.checkout(("RED-MUG-L", 1))
        paid = shopper.complete(checkout).json()["id"]
        world.settle()
        canceled = shopper.buy(("RED-MUG-L", 1)).json()["id"]
        world.settle()
        checkouts.cancel(key=world.key(), order_id=canceled, reason="changed my mind", actor="ada")
        world.settle()
        _row, secret = mint(name="ERP", scopes=["orders:read"])
        machine = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}

        found = {
            query: [row["id"] for row in shopper.get(f"orders?{query}", **machine).json()["data"]]
            for query in ("payment_status=paid", "payment_status=refunded", "fulfilment_status=canceled")
        }

        assert found == {
            "payment_status=paid": [paid], "payment_status=refunded": [canceled],
            "fulfilment_status=canceled": [canceled],
        }
