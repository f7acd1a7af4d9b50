"""The back office of orders: a window whose actions are commands."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from modules.checkout.interface import Checkout, Placement, PurchaseLimitReached
from modules.checkout.models import Order, PurchaseLimit
from modules.checkout.tests.conftest import Surroundings
from storefront.interface import connect
from storefront.testing.world import World

Complete = Callable[..., Placement]
ORDERS = "/admin/checkout/order/"


@pytest.fixture
def operator(world: World) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("grace"))
    return client


@pytest.fixture
def onlooker(world: World) -> Client:
    user = User.objects.create_user("bob", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_order"))
    client = Client()
    client.force_login(user)
    return client


def act(client: Client, action: str) -> str:
    rows = [str(order.serial) for order in Order.objects.all()]
    return client.post(ORDERS, {"action": action, "_selected_action": rows}, follow=True).content.decode()


class TestOrders:
    def test_are_listed_found_and_shown(self, operator: Client, complete: Complete, around: Surroundings) -> None:
        around.backordered = 1
        placed = complete()
        assert placed.order

        listed = operator.get(ORDERS, {"q": placed.order.number, "flag": "any"}).content.decode()
        shown = operator.get(f"{ORDERS}{Order.objects.get().serial}/change/").content.decode()

        assert placed.order.number in listed
        assert "29.90 EUR" in listed
        assert all(text in shown for text in ("Turmstrasse 1", "RED-MUG", "backordered", "29.90 EUR"))

    def test_are_canceled_held_and_released_by_command(
        self, operator: Client, complete: Complete, around: Surroundings, world: World
    ) -> None:
        placed = complete()
        world.settle()

        assert "is being held" in act(operator, "hold")
        world.settle()
        assert connect(Checkout).order(order_id=placed.order_id).is_held
        assert "is released" in act(operator, "release")
        world.settle()
        assert "is being canceled" in act(operator, "cancel")
        world.settle()
        assert connect(Checkout).order(order_id=placed.order_id).status == "canceled"
        assert "cannot be canceled" in act(operator, "cancel")

    def test_whoever_may_only_look_can_only_look(
        self, onlooker: Client, complete: Complete, around: Surroundings, world: World
    ) -> None:
        placed = complete()
        world.settle()

        act(onlooker, "cancel")
        world.settle()

        assert connect(Checkout).order(order_id=placed.order_id).status == "placed"
        assert onlooker.post(f"{ORDERS}{Order.objects.get().serial}/delete/").status_code == 403


class TestOtherPages:
    def test_open(self, operator: Client, complete: Complete, around: Surroundings) -> None:
        complete()

        for page in ("taxrate/", "sagarow/", "taxrate/add/"):
            assert operator.get(f"/admin/checkout/{page}").status_code == 200


class TestPurchaseLimits:
    def test_are_kept_by_operators_and_known_at_once(self, operator: Client, complete: Complete) -> None:
        operator.post("/admin/checkout/purchaselimit/add/", {"sku": "RED-MUG", "units": "1"})

        with pytest.raises(PurchaseLimitReached):
            complete()
        assert "RED-MUG" in operator.get("/admin/checkout/purchaselimit/").content.decode()

    def test_of_nothing_is_refused(self, operator: Client) -> None:
        operator.post("/admin/checkout/purchaselimit/add/", {"sku": "RED-MUG", "units": "0"})

        assert not PurchaseLimit.objects.exists()
