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
from storefront.calls.breaker import FAILURES
from storefront.calls.outsider import Resting, outsider
from storefront.database.guard import open_transaction
from storefront.interface import NotFound, OutcomeUnknown, Unavailable


class RemoteCarrier(SandboxCarrier):
    """Answers late, or never, and notes what it was asked."""

    code = "remote"
    is_remote = True

    def __init__(self) -> None:
        self.silent = 0
        self.is_away = False
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
        if self.is_away:
            raise Unavailable("The carrier answers 503.")
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

    @pytest.mark.proves("R12")
    @pytest.mark.withstands("shipping", "carrier", "down")
    def test_that_is_away_is_let_rest_and_books_each_parcel_once_it_is_back(
        self, dock: Dock, remote: RemoteCarrier
    ) -> None:
        remote.is_away, parcels = True, [f"shp_{number}" for number in range(FAILURES)]
        rests = outsider("shipping remote").breaker_of("book")
        for shipment_id in parcels:
            with pytest.raises(Unavailable):
                dock.arrange(method="express", shipment_id=shipment_id, key=f"arrange {shipment_id}")
            if rests.state != "closed":
                rests._opens_again_at = float("inf")
        with pytest.raises(Resting):
            dock.arrange(method="express", shipment_id="shp_0", key="arrange shp_0")

        assert len(remote.asked) == FAILURES  # some of them by the platform's own retries
        assert set(Shipment.objects.values_list("status", flat=True)) == {"pending"}
        assert dock.arrange(shipment_id="shp_near").status == "ready"  # by a carrier who needs no asking

        remote.is_away = False
        rests.succeeded()
        for shipment_id in parcels:
            dock.arrange(method="express", shipment_id=shipment_id, key=f"arrange {shipment_id}")
        numbers = Shipment.objects.filter(carrier="remote", status="ready").values_list("tracking_number", flat=True)
        assert len(set(numbers)) == len(parcels)

    def test_is_called_off_once_it_is_back(self, dock: Dock, remote: RemoteCarrier) -> None:
        parcel, key = dock.arrange(method="express"), dock.world.key()
        breaker = outsider("shipping remote").breaker_of("cancel")
        for _ in range(FAILURES):
            breaker.failed()
        breaker._opens_again_at = float("inf")
        with pytest.raises(Resting):
            dock.shipping.cancel(key=key, shipment_id=parcel.id)

        breaker.succeeded()
        dock.shipping.cancel(key=key, shipment_id=parcel.id)

        assert remote.asked[1:] == [f"cancel {parcel.tracking_number}"]
        assert dock.shipping.shipment(shipment_id=parcel.id).status == "canceled"
