"""A carrier that lives elsewhere is asked between two transactions."""

from collections.abc import Callable, Iterator

import pytest

from modules.shipping import carriers, tariff
from modules.shipping.carriers.protocol import Parcel
from modules.shipping.carriers.sandbox import SandboxCarrier
from modules.shipping.events import ShipmentArranged
from modules.shipping.interface import ShipmentClosed
from modules.shipping.models import Method, Shipment
from modules.shipping.tests.dock import Dock
from storefront.database.guard import open_transaction
from storefront.interface import NotFound, OutcomeUnknown


class RemoteCarrier(SandboxCarrier):
    """Answers late, or never, and notes what it was asked."""

    code = "remote"
    is_remote = True

    def __init__(self) -> None:
        self.silent = 0
        self.asked: list[str] = []
        self.on_book: Callable[[], object] = lambda: None

    def book(self, parcel: Parcel) -> str:
        self._answer(f"book {parcel.shipment_id}")
        self.on_book()
        return super().book(parcel)

    def cancel(self, tracking_number: str) -> None:
        self._answer(f"cancel {tracking_number}")

    def _answer(self, question: str) -> None:
        assert open_transaction() is None
        self.asked.append(question)
        if self.silent:
            self.silent -= 1
            raise OutcomeUnknown("The carrier did not answer.")


@pytest.fixture
def remote(dock: Dock) -> Iterator[RemoteCarrier]:
    carrier = RemoteCarrier()
    carriers.register(carrier)
    Method.objects.filter(code="express").update(carrier="remote")
    tariff.forget()
    yield carrier
    del carriers._CARRIERS["remote"]


class TestARemoteCarrier:
    def test_books_a_shipment_that_is_pending_until_then(self, dock: Dock, remote: RemoteCarrier) -> None:
        seen: list[str] = []
        remote.on_book = lambda: seen.extend(Shipment.objects.values_list("status", flat=True))

        parcel = dock.arrange(method="express", shipment_id="shp_far")

        assert (seen, parcel.status, remote.asked) == (["pending"], "ready", ["book shp_far"])
        assert len(dock.world.published(ShipmentArranged)) == 1

    @pytest.mark.withstands("shipping", "carrier", "down")
    @pytest.mark.withstands("shipping", "carrier", "slow")
    def test_that_does_not_answer_is_asked_again_under_the_same_key(self, dock: Dock, remote: RemoteCarrier) -> None:
        remote.silent, key = 1, dock.world.key()
        with pytest.raises(OutcomeUnknown):
            dock.arrange(method="express", shipment_id="shp_far", key=key)
        with pytest.raises(NotFound):
            dock.shipping.label(shipment_id="shp_far")

        parcel = dock.arrange(method="express", shipment_id="shp_far", key=key)

        assert parcel.status == "ready"
        assert Shipment.objects.count() == 1
        assert len(dock.world.published(ShipmentArranged)) == 1

    def test_hears_of_a_cancellation_until_it_answers(self, dock: Dock, remote: RemoteCarrier) -> None:
        parcel, key = dock.arrange(method="express"), dock.world.key()
        remote.silent = 1
        with pytest.raises(OutcomeUnknown):
            dock.shipping.cancel(key=key, shipment_id=parcel.id)

        dock.shipping.cancel(key=key, shipment_id=parcel.id)

        assert remote.asked[1:] == [f"cancel {parcel.tracking_number}"] * 2
        assert dock.shipping.shipment(shipment_id=parcel.id).status == "canceled"

    def test_books_in_vain_what_is_canceled_meanwhile(self, dock: Dock, remote: RemoteCarrier) -> None:
        remote.on_book = lambda: dock.shipping.cancel(key=dock.world.key(), shipment_id="shp_far")

        with pytest.raises(ShipmentClosed):
            dock.arrange(method="express", shipment_id="shp_far")

        assert Shipment.objects.get().status == "canceled"
        assert dock.world.published(ShipmentArranged) == []
