"""The public API of shipments."""

from typing import Any

import pytest

from modules.shipping.interface import ShipmentView
from modules.shipping.tests.dock import Dock
from storefront.rest.keys import mint


class Machine:
    """A warehouse system with a key."""

    def __init__(self, dock: Dock, *scopes: str) -> None:
        self.client = dock.world.client
        self.key = mint(name="Warehouse", scopes=scopes)[1]

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"/api/v1/shipments/{path}", headers=self._with(headers))

    def post(self, path: str, **headers: str) -> Any:
        return self.client.post(
            f"/api/v1/shipments/{path}", data=b"", content_type="application/json", headers=self._with(headers)
        )

    def _with(self, headers: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return {"Authorization": f"Bearer {self.key}", **named}


@pytest.fixture
def warehouse(dock: Dock) -> Machine:
    return Machine(dock, "shipments:read", "shipments:write")


@pytest.fixture
def parcel(dock: Dock) -> ShipmentView:
    return dock.arrange()


class TestReadingAShipment:
    def test_tells_its_state_address_items_and_history(self, warehouse: Machine, parcel: ShipmentView) -> None:
        answer = warehouse.get(parcel.id)

        told = answer.json()
        assert (answer.status_code, answer["ETag"]) == (200, '"1"')
        assert (told["status"], told["address"]["city"], told["weight_g"]) == ("ready", "Berlin", 840)
        assert told["items"] == [{"sku": "RED-MUG", "title": "Red mug", "quantity": 2}]
        assert [line["kind"] for line in told["history"]] == ["arranged"]
        assert told["label"] == f"/api/v1/shipments/{parcel.id}/label"

    def test_is_404_for_an_unknown_one_and_304_for_a_known_version(
        self, warehouse: Machine, parcel: ShipmentView
    ) -> None:
        assert warehouse.get("shp_none").status_code == 404
        assert warehouse.get(parcel.id, If_None_Match='"1"').status_code == 304

    def test_needs_the_scope(self, dock: Dock, parcel: ShipmentView) -> None:
        anonymous = dock.world.client.get(f"/api/v1/shipments/{parcel.id}")
        clerk = Machine(dock, "orders:read")

        assert anonymous.status_code == 401
        assert clerk.get(parcel.id).status_code == 403
        assert clerk.get(f"{parcel.id}/label").status_code == 403
        assert Machine(dock, "shipments:read").post(f"{parcel.id}/dispatch").status_code == 403


class TestDispatching:
    def test_answers_with_the_next_version(self, warehouse: Machine, parcel: ShipmentView) -> None:
        answer = warehouse.post(f"{parcel.id}/dispatch", If_Match='"1"')

        assert (answer.status_code, answer["ETag"], answer.json()["status"]) == (200, '"2"', "dispatched")

    def test_again_with_the_same_key_is_answered_alike(self, warehouse: Machine, parcel: ShipmentView) -> None:
        first = warehouse.post(f"{parcel.id}/dispatch", Idempotency_Key="once")
        again = warehouse.post(f"{parcel.id}/dispatch", Idempotency_Key="once")
        other = warehouse.post(f"{parcel.id}/dispatch", Idempotency_Key="twice")

        assert (first.status_code, again.status_code) == (200, 200)
        assert again["Idempotent-Replayed"] == "true"
        assert (other.status_code, other.json()["code"]) == (409, "shipping.closed")

    def test_is_412_for_another_version(self, warehouse: Machine, parcel: ShipmentView) -> None:
        answer = warehouse.post(f"{parcel.id}/dispatch", If_Match='"7"')

        assert (answer.status_code, answer.json()["code"]) == (412, "shipping.changed")
        assert warehouse.get(parcel.id).json()["status"] == "ready"

    def test_takes_no_fields(self, dock: Dock, warehouse: Machine, parcel: ShipmentView) -> None:
        answer = dock.world.client.post(
            f"/api/v1/shipments/{parcel.id}/dispatch", data={"carrier": "me"}, content_type="application/json",
            headers={"Authorization": f"Bearer {warehouse.key}"},
        )

        assert answer.status_code == 422


class TestCanceling:
    def test_keeps_a_parcel_here(self, warehouse: Machine, parcel: ShipmentView) -> None:
        answer = warehouse.post(f"{parcel.id}/cancel", If_Match='"1"')

        assert (answer.status_code, answer.json()["status"]) == (200, "canceled")

    def test_an_unknown_one_is_404_and_leaves_no_tombstone(self, dock: Dock, warehouse: Machine) -> None:
        answer = warehouse.post("shp_later/cancel")

        assert answer.status_code == 404
        assert dock.arrange(shipment_id="shp_later").status == "ready"


class TestTheLabel:
    def test_is_a_pdf(self, warehouse: Machine, parcel: ShipmentView) -> None:
        answer = warehouse.get(f"{parcel.id}/label", Accept="application/pdf")

        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
        assert answer.content.startswith(b"%PDF-")

    def test_is_404_for_an_unknown_shipment(self, warehouse: Machine) -> None:
        assert warehouse.get("shp_none/label").status_code == 404
