"""What the whole shop holds of somebody: told and forgotten by a command in any one of its processes."""

import json
from typing import Any

import pytest

from modules.payments.interface import Payments
from modules.shipping.carriers.protocol import TrackingReport
from modules.shipping.carriers.sandbox import SandboxCarrier
from modules.shipping.interface import Shipping
from storefront import clock
from storefront.ids import new_id
from storefront.interface import connect
from storefront.testing.client import client as new_client
from storefront.testing.world import World
from tests.journeys.operator import Operator, audited
from tests.journeys.shop import ADDRESS, Shopper, shelve
from tests.living.people import hits
from tests.operators.office import log_of

EMAIL = "ada@example.org"
PAGE = "/admin/personal/person/"
PERSON = (EMAIL, ADDRESS["name"], ADDRESS["line1"])


@pytest.fixture
def order(world: World) -> dict[str, Any]:
    """Ada's order, which is paid; her parcel has been ordered."""
    shelve(world, "RED-MUG-L")
    placed = dict(Shopper().buy(("RED-MUG-L", 2)).json())
    world.settle()
    return placed


def deliver(world: World, order_id: str) -> None:
    """The parcel leaves, and its carrier says that it has arrived."""
    (shipment,) = connect(Shipping).shipments_of(order_id=order_id)
    connect(Shipping).dispatch(key=world.key(), shipment_id=shipment.id)
    world.settle()
    report = TrackingReport(
        tracking_number=shipment.tracking_number, status="delivered", occurred_at=clock.now(), note="Sandbox Parcel"
    )
    body, headers = SandboxCarrier().signed(report, event_id=new_id("evt"))
    answer = new_client().post(
        "/api/v1/webhooks/carriers/sandbox", body, content_type="application/json", headers=headers
    )
    assert answer.status_code == 200, answer.content
    world.settle()


@pytest.mark.proves("S20", "I4")
class TestAPerson:
    def test_is_told_what_every_module_holds_and_forgotten_everywhere_but_on_the_invoice(
        self, world: World, order: dict[str, Any]
    ) -> None:
        (payment,) = connect(Payments).payments_of(order_id=order["id"])
        (shipment,) = connect(Shipping).shipments_of(order_id=order["id"])

        told = json.loads(world.manage("payments", "personal", "export", "--email", EMAIL).output)["modules"]

        (held,) = told["checkout"]["orders"]
        assert (held["id"], held["email"], held["shipping_address"]["line1"]) == (order["id"], EMAIL, ADDRESS["line1"])
        assert [line["sku"] for line in held["lines"]] == ["RED-MUG-L"]
        assert [each["id"] for each in told["payments"]["payments"]] == [payment.id]
        (parcel,) = told["shipping"]["shipments"]
        assert (parcel["id"], parcel["address"]["name"]) == (shipment.id, ADDRESS["name"])
        assert {place.partition("_")[0] for place in hits(*PERSON)} <= {*told}

        waiting = world.manage("webhooks", "personal", "erase", "--email", EMAIL).output
        assert f"Order {order['number']} is under way" in waiting
        assert {"checkout_order.email", "shipping_shipment.address"} <= {*hits(*PERSON)}
        deliver(world, order["id"])
        said = world.manage("shipping", "personal", "erase", "--email", EMAIL)

        assert hits(*PERSON) == {"checkout_order.billing_address": 1}
        assert (said.refusal, "names its buyer until" in said.output) == ("", True)
        again = world.manage("checkout", "personal", "erase", "--email", EMAIL)
        assert again.output == "Nothing is held of this person.\n"
        assert audited(world) == {}

    def test_is_told_and_forgotten_by_an_operator_in_the_back_office(
        self, world: World, order: dict[str, Any]
    ) -> None:
        deliver(world, order["id"])
        desk = Operator()
        assert f'href="{PAGE}"' in desk.read("/admin/")

        found = desk.send(PAGE, act="find", email=EMAIL).content.decode()
        told = json.loads(desk.send(PAGE, act="export", email=EMAIL).content)["modules"]
        wrong = desk.send(PAGE, act="erase", email=EMAIL, confirmation="grace@example.org").content.decode()
        assert "checkout_order.email" in hits(EMAIL)
        done = desk.send(PAGE, act="erase", email=EMAIL, confirmation=EMAIL).content.decode()

        stays = f"The invoice of order {order['number']} names its buyer until"
        assert ("orders: 1" in found, "shipments: 1" in found, stays in found) == (True, True, True)
        assert {"cart", "checkout", "payments", "shipping"} <= {*told}
        assert "nothing was erased" in wrong
        assert stays in done
        assert hits(*PERSON) == {"checkout_order.billing_address": 1}
        assert [(row.operator, row.action, row.outcome) for row in log_of("home") if row.object_type == "person"] == [
            ("grace", "export personal data", "done"), ("grace", "erase personal data", "done"),
        ]
        assert audited(world) == {}
