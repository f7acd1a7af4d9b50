"""Banks that do not answer, stock that runs low, parcels that must not leave."""

import pytest
from django.apps import apps

from modules.checkout.interface import Checkout, NotCancelable
from modules.inventory.interface import Inventory
from modules.payments.interface import Payments
from modules.shipping.interface import Shipping
from storefront.audit import findings
from storefront.interface import connect
from storefront.testing.world import World
from tests.journeys.shop import Shopper, shelve

checkouts = connect(Checkout)
payments = connect(Payments)
inventory = connect(Inventory)


@pytest.fixture
def shopper(world: World) -> Shopper:
    shelve(world, "RED-MUG-L", on_hand=20)
    return Shopper()


def wait(world: World, *, minutes: int = 20) -> None:
    """Let so much time pass, with the shop at work."""
    for _ in range(minutes):
        world.settle()
        world.clock.advance(minutes=1)
    world.settle()


class TestSilentBanks:
    @pytest.mark.proves("R11")
    def test_one_that_charges_and_never_answers_is_one_charge_or_one_void(
        self, shopper: Shopper, world: World
    ) -> None:
        checkout = shopper.checkout(("RED-MUG-L", 1), token="tok_timeout")

        response = shopper.complete(checkout)
        assert response.status_code in (201, 202)
        wait(world)

        again = shopper.complete(checkout)
        assert again.status_code == response.status_code
        order_id = response.json().get("id") or response.json()["order"].split("/")[-1].split("?")[0]
        (payment,) = payments.payments_of(order_id=order_id)
        assert payment.status in ("captured", "voided")
        if payment.status == "captured":
            assert shopper.order(order_id, checkout["id"])["payment_status"] == "paid"
        assert list(findings()) == []

    def test_a_slow_one_is_told_to_the_shopper_and_ends_in_an_order(self, shopper: Shopper, world: World) -> None:
        checkout = shopper.checkout(("RED-MUG-L", 1), token="tok_slow")

        response = shopper.complete(checkout)
        assert response.status_code == 202
        assert response.json()["status"] == "processing"
        wait(world)

        order = shopper.get(response.json()["order"]).json()
        assert (order["status"], order["payment_status"]) == ("placed", "paid")
        assert list(findings()) == []

    def test_a_flaky_one_is_asked_until_it_works(self, shopper: Shopper, world: World) -> None:
        checkout = shopper.checkout(("RED-MUG-L", 1), token="tok_flaky")

        response = shopper.complete(checkout)
        wait(world, minutes=3)

        assert response.status_code in (201, 202)
        order_id = response.json().get("id") or response.json()["order"].split("/")[-1].split("?")[0]
        order = shopper.order(order_id, checkout["id"])
        assert order["payment_status"] == "paid"
        assert list(findings()) == []


class TestLowStock:
    def test_flags_the_order_and_others_flow_on(self, shopper: Shopper, world: World) -> None:
        shelve(world, "BLUE-MUG", on_hand=10, low_stock_threshold=8)
        before = shopper.checkout(("BLUE-MUG", 1))
        taker = shopper.checkout(("BLUE-MUG", 2))
        after = shopper.checkout(("BLUE-MUG", 1))

        orders = []
        for checkout in (before, taker, after):  # one after the other: who crosses the threshold is not left to chance
            orders.append(shopper.complete(checkout).json()["id"])
            world.settle()

        flags = [
            [flag["code"] for flag in shopper.order(order, checkout["id"])["flags"]]
            for order, checkout in zip(orders, (before, taker, after), strict=True)
        ]
        assert flags == [[], ["low_stock"], []]
        assert shopper.order(orders[2], after["id"])["payment_status"] == "paid"

    def test_backorders_up_to_the_limit_and_no_further(self, shopper: Shopper, world: World) -> None:
        shelve(world, "GREEN-MUG", on_hand=1, backorder_limit=2)
        late = shopper.checkout(("GREEN-MUG", 3))
        placed = shopper.complete(late)
        refused = shopper.complete(shopper.checkout(("GREEN-MUG", 1)))
        world.settle()

        assert (refused.status_code, refused.json()["code"]) == (409, "inventory.out_of_stock")
        order = shopper.order(placed.json()["id"], late["id"])
        assert order["fulfilment_status"] == "backordered"
        assert [flag["code"] for flag in order["flags"]][:1] == ["backordered"]
        assert order["shipments"] == []
        assert list(findings()) == []


    @pytest.mark.rival("saleor#4190")
    def test_an_order_that_waited_leaves_when_its_units_come_in(self, shopper: Shopper, world: World) -> None:
        shelve(world, "GREEN-MUG", on_hand=1, backorder_limit=2)
        checkout = shopper.checkout(("GREEN-MUG", 3))
        order_id = shopper.complete(checkout).json()["id"]
        world.settle()

        inventory.adjust(
            key=world.key(), sku="GREEN-MUG", location="BER", change=5, reason="delivery", actor="grace"
        )
        world.settle()

        order = shopper.order(order_id, checkout["id"])
        assert order["fulfilment_status"] == "unfulfilled"
        assert "backordered" not in [flag["code"] for flag in order["flags"]]
        assert order["shipments"][0]["tracking_number"]
        assert list(findings()) == []


class TestCanceling:
    def test_gives_money_and_stock_back_and_stops_the_parcel(self, shopper: Shopper, world: World) -> None:
        checkout = shopper.checkout(("RED-MUG-L", 2))
        order_id = shopper.complete(checkout).json()["id"]
        world.settle()

        checkouts.cancel(key=world.key(), order_id=order_id, reason="changed my mind", actor="ada")
        world.settle()

        order = shopper.order(order_id, checkout["id"])
        assert (order["status"], order["payment_status"]) == ("canceled", "refunded")
        (availability,) = inventory.availability(skus=("RED-MUG-L",))
        assert availability.available == 20
        (shipment,) = connect(Shipping).shipments_of(order_id=order_id)
        assert shipment.status == "canceled"
        assert list(findings()) == []

    def test_gives_no_disputed_money_back_and_ends_with_a_flag(self, shopper: Shopper, world: World) -> None:
        checkout = shopper.checkout(("RED-MUG-L", 2), token="tok_chargeback")
        order_id = shopper.complete(checkout).json()["id"]
        wait(world, minutes=9)

        checkouts.cancel(key=world.key(), order_id=order_id, reason="changed my mind", actor="ada")
        wait(world, minutes=3)

        order = shopper.order(order_id, checkout["id"])
        (payment,) = payments.payments_of(order_id=order_id)
        assert order["status"] == "canceled"
        assert [flag["code"] for flag in order["flags"]] == ["payment_review"]
        assert (payment.status, payment.refunded.amount) == ("disputed", 0)
        assert not apps.get_model("checkout", "SagaRow").objects.exclude(next_at=None).exists()
        assert list(findings()) == []

    def test_is_refused_once_the_parcel_has_left(self, shopper: Shopper, world: World) -> None:
        checkout = shopper.checkout(("RED-MUG-L", 2))
        order_id = shopper.complete(checkout).json()["id"]
        world.settle()
        (shipment,) = connect(Shipping).shipments_of(order_id=order_id)
        connect(Shipping).dispatch(key=world.key(), shipment_id=shipment.id)
        world.settle()

        with pytest.raises(NotCancelable):
            checkouts.cancel(key=world.key(), order_id=order_id, reason="too late", actor="ada")

        assert shopper.order(order_id, checkout["id"])["status"] == "placed"


class TestHolding:
    def test_keeps_the_parcel_and_releasing_orders_another(self, shopper: Shopper, world: World) -> None:
        checkout = shopper.checkout(("RED-MUG-L", 1))
        order_id = shopper.complete(checkout).json()["id"]
        world.settle()

        checkouts.hold(key=world.key(), order_id=order_id, reason="odd address", actor="grace")
        world.settle()
        held = shopper.order(order_id, checkout["id"])
        checkouts.release(key=world.key(), order_id=order_id, actor="grace")
        world.settle()
        released = shopper.order(order_id, checkout["id"])

        assert (held["held"], held["shipments"]) == (True, [])
        assert released["held"] is False
        assert released["shipments"][0]["tracking_number"]
        statuses = [shipment.status for shipment in connect(Shipping).shipments_of(order_id=order_id)]
        assert statuses == ["canceled", "ready"]


class TestExpiry:
    def test_a_confirmed_payment_of_a_shopper_who_left_goes_back(self, shopper: Shopper, world: World) -> None:
        checkout = shopper.checkout(("RED-MUG-L", 1), token="tok_3ds")
        asked = shopper.complete(checkout)
        shopper.client.post(asked.json()["action_url"], {"decision": "approve"})
        world.settle()

        for _ in range(8):
            world.clock.advance(minutes=15)
            world.settle()

        payment = payments.payment(payment_id=asked.json()["payment_id"])
        assert payment.status == "voided"
        assert list(findings()) == []

    @pytest.mark.parametrize("change", ["another card", "a refusal"])
    def test_a_confirmed_payment_goes_back_when_another_takes_its_place(
        self, shopper: Shopper, world: World, change: str
    ) -> None:
        checkout = shopper.checkout(("RED-MUG-L", 1), token="tok_3ds")
        first = shopper.complete(checkout, key="before-the-bank").json()
        shopper.client.post(first["action_url"], {"decision": "approve"})
        if change == "another card":
            body = '{"payment": {"provider": "sandbox", "token": "tok_visa"}}'
            shopper.client.patch(f"/api/v1/checkouts/{checkout['id']}", body, content_type="application/json")
        else:
            shown = {"expected_total": {"amount": 1, "currency": "EUR"}}
            refused = shopper.post(f"checkouts/{checkout['id']}/complete", shown, key="was-shown-another-total")
            assert refused.json()["code"] == "price_changed", refused.content
            again = shopper.complete(checkout, key="asked-anew").json()
            shopper.client.post(again["action_url"], {"decision": "approve"})
        assert shopper.complete(checkout, key="at-last").status_code == 201
        world.settle()

        assert payments.payment(payment_id=first["payment_id"]).status == "voided"
        assert list(findings()) == []
