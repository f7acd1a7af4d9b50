"""The journey: from the catalogue to a delivered parcel, through the public API."""

import pytest

from modules.checkout.events import OrderDelivered, OrderPlaced
from modules.inventory.interface import Inventory
from modules.payments.interface import Payments
from modules.shipping.interface import Shipping
from storefront.audit import findings
from storefront.interface import connect
from storefront.testing.world import World
from tests.journeys.shop import Shopper, shelve


@pytest.fixture
def shopper(world: World) -> Shopper:
    shelve(world, "RED-MUG-L")
    return Shopper()


class TestBuying:
    def test_three_calls_place_an_order(self, shopper: Shopper, world: World) -> None:
        response = shopper.buy(("RED-MUG-L", 2))

        assert response.status_code == 201, response.content
        order = response.json()
        assert order["status"] == "placed"
        assert order["payment_status"] == "authorized"
        assert order["lines"][0]["sku"] == "RED-MUG-L"

    def test_the_parts_of_the_total_add_up(self, shopper: Shopper, world: World) -> None:
        totals = shopper.buy(("RED-MUG-L", 3)).json()["totals"]

        parts = totals["subtotal"]["amount"] + totals["shipping"]["amount"] + totals["tax"]["amount"]
        assert parts - totals["discount"]["amount"] == totals["total"]["amount"]
        assert totals["tax"]["amount"] > 0

    def test_what_follows_takes_the_money_and_orders_the_parcel(self, shopper: Shopper, world: World) -> None:
        placed = shopper.buy(("RED-MUG-L", 2)).json()

        world.settle()

        checkout = world.published(OrderPlaced)[0].checkout_id
        order = shopper.order(placed["id"], checkout)
        assert order["payment_status"] == "paid"
        assert order["payments"][0]["captured"] == order["totals"]["total"]
        assert order["shipments"][0]["tracking_number"]
        (level,) = connect(Inventory).levels(skus=("RED-MUG-L",))
        assert (level.on_hand, level.allocated, level.reserved) == (100, 2, 0)
        assert list(findings()) == []

    def test_a_dispatched_parcel_leaves_the_shelf_and_a_delivered_one_ends_the_story(
        self, shopper: Shopper, world: World
    ) -> None:
        placed = shopper.buy(("RED-MUG-L", 2)).json()
        world.settle()
        (shipment,) = connect(Shipping).shipments_of(order_id=placed["id"])

        connect(Shipping).dispatch(key=world.key(), shipment_id=shipment.id)
        world.settle()

        (level,) = connect(Inventory).levels(skus=("RED-MUG-L",))
        assert (level.on_hand, level.allocated) == (98, 0)
        checkout = world.published(OrderPlaced)[0].checkout_id
        assert shopper.order(placed["id"], checkout)["fulfilment_status"] == "fulfilled"

    def test_a_guest_without_the_checkout_id_does_not_see_the_order(self, shopper: Shopper, world: World) -> None:
        placed = shopper.buy(("RED-MUG-L", 1)).json()

        assert shopper.get(f"orders/{placed['id']}").status_code == 404
        assert shopper.get(f"orders/{placed['id']}?checkout=chk_guess").status_code == 404

    def test_nothing_is_announced_that_did_not_happen(self, shopper: Shopper, world: World) -> None:
        response = shopper.buy(("RED-MUG-L", 1), token="tok_declined")

        assert response.status_code == 402
        world.settle()
        assert world.published(OrderPlaced) == []
        assert world.published(OrderDelivered) == []


class TestCompleting:
    def test_the_same_key_gives_the_same_order(self, shopper: Shopper, world: World) -> None:
        checkout = shopper.checkout(("RED-MUG-L", 1))

        first = shopper.complete(checkout, key="buy-once")
        again = shopper.complete(checkout, key="buy-once")

        assert (first.status_code, again.status_code) == (201, 201)
        assert first.content == again.content
        assert again.headers["Idempotent-Replayed"] == "true"
        assert len(world.published(OrderPlaced)) == 1

    def test_another_key_is_refused(self, shopper: Shopper, world: World) -> None:
        checkout = shopper.checkout(("RED-MUG-L", 1))
        shopper.complete(checkout, key="buy-once")

        refused = shopper.complete(checkout, key="buy-twice")

        assert (refused.status_code, refused.json()["code"]) == (409, "checkout.completed")

    def test_needs_a_key(self, shopper: Shopper, world: World) -> None:
        checkout = shopper.checkout(("RED-MUG-L", 1))

        response = shopper.post(f"checkouts/{checkout['id']}/complete", {})

        assert response.status_code == 400

    def test_another_total_is_refused_with_the_new_one(self, shopper: Shopper, world: World) -> None:
        checkout = shopper.checkout(("RED-MUG-L", 1))
        total = checkout["totals"]["total"]
        shown = {"amount": total["amount"] - 1, "currency": "EUR"}

        refused = shopper.post(f"checkouts/{checkout['id']}/complete", {"expected_total": shown}, key="cheaper")

        assert (refused.status_code, refused.json()["code"]) == (409, "price_changed")
        assert refused.json()["current_total"] == total
        assert shopper.complete(checkout).status_code == 201

    def test_what_is_missing_is_said(self, shopper: Shopper, world: World) -> None:
        cart = shopper.cart(("RED-MUG-L", 1))
        checkout = shopper.post("checkouts", {"cart": cart["id"]}).json()

        codes = [requirement["code"] for requirement in checkout["requirements"]]
        refused = shopper.complete(checkout, key="too-soon")

        assert codes == ["email_missing", "shipping_address_missing", "payment_missing"]
        assert (refused.status_code, refused.json()["code"]) == (422, "requirements_missing")

    def test_sold_out_goods_are_refused_and_the_cart_stays(self, shopper: Shopper, world: World) -> None:
        shelve(world, "LAST-MUG", on_hand=1)
        checkout = shopper.checkout(("LAST-MUG", 2), ("RED-MUG-L", 1))

        refused = shopper.complete(checkout)

        assert (refused.status_code, refused.json()["code"]) == (409, "inventory.out_of_stock")
        assert refused.json()["available"] == 1
        assert not shopper.get(f"carts/{checkout['cart']}").json().get("completing")
        (level,) = connect(Inventory).levels(skus=("RED-MUG-L",))
        assert level.reserved == 0
        world.settle()
        assert list(findings()) == []


class TestTokens:
    @pytest.mark.parametrize("token", ["tok_visa", "tok_mastercard", "tok_applepay", "tok_googlepay"])
    def test_good_ones_are_charged_once(self, shopper: Shopper, world: World, token: str) -> None:
        order = shopper.buy(("RED-MUG-L", 1), token=token).json()

        world.settle()

        (payment,) = connect(Payments).payments_of(order_id=order["id"])
        assert payment.captured == payment.amount
        assert list(findings()) == []

    @pytest.mark.parametrize(
        ("token", "reason"),
        [
            ("tok_declined", "declined"), ("tok_insufficient_funds", "insufficient_funds"),
            ("tok_expired", "expired_card"),
        ],
    )
    def test_bad_ones_are_declined_and_can_be_replaced(
        self, shopper: Shopper, world: World, token: str, reason: str
    ) -> None:
        checkout = shopper.checkout(("RED-MUG-L", 1), token=token)

        declined = shopper.complete(checkout, key="first-card")
        assert (declined.status_code, declined.json()["code"]) == (402, "payment_declined")
        assert declined.json()["reason"] == reason

        body = '{"payment": {"provider": "sandbox", "token": "tok_visa"}}'
        shopper.client.patch(f"/api/v1/checkouts/{checkout['id']}", body, content_type="application/json")
        assert shopper.complete(checkout, key="second-card").status_code == 201
        world.settle()
        assert list(findings()) == []

    def test_3ds_asks_the_shopper_and_goes_on_when_confirmed(self, shopper: Shopper, world: World) -> None:
        checkout = shopper.checkout(("RED-MUG-L", 1), token="tok_3ds")

        asked = shopper.complete(checkout, key="before-the-bank")
        assert (asked.status_code, asked.json()["code"]) == (402, "action_required")
        shopper.client.post(asked.json()["action_url"], {"decision": "approve"})
        world.settle()

        done = shopper.complete(checkout, key="after-the-bank")
        assert done.status_code == 201, done.content
        world.settle()
        assert list(findings()) == []

    @pytest.mark.parametrize("token", ["tok_duplicate_webhook", "tok_late_webhook", "tok_out_of_order"])
    def test_odd_webhooks_change_nothing(self, shopper: Shopper, world: World, token: str) -> None:
        order = shopper.buy(("RED-MUG-L", 1), token=token).json()

        for _ in range(3):
            world.settle()
            world.clock.advance(minutes=3)

        (payment,) = connect(Payments).payments_of(order_id=order["id"])
        assert payment.captured == payment.amount
        assert list(findings()) == []

    def test_a_chargeback_flags_the_order(self, shopper: Shopper, world: World) -> None:
        checkout = shopper.checkout(("RED-MUG-L", 1), token="tok_chargeback")
        order = shopper.complete(checkout).json()

        for _ in range(3):
            world.settle()
            world.clock.advance(minutes=3)

        flags = shopper.order(order["id"], checkout["id"])["flags"]
        assert [flag["code"] for flag in flags] == ["payment_review"]
