"""The life of a shipment, by commands."""

from datetime import timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from modules.shipping.audit import audit
from modules.shipping.carriers.sandbox import is_sandbox_number
from modules.shipping.events import ShipmentArranged, ShipmentCanceled, ShipmentDispatched
from modules.shipping.interface import NoRoute, ShipmentClosed, Stale
from modules.shipping.models import Shipment, ShipmentEvent
from modules.shipping.tests.dock import BERLIN, MUGS, Dock
from storefront.interface import NotFound, Refusal


def kinds(shipment_id: str) -> list[str]:
    return list(ShipmentEvent.objects.filter(shipment_id=shipment_id).values_list("kind", flat=True))


class TestArrange:
    def test_makes_a_ready_shipment_with_a_tracking_number(self, dock: Dock) -> None:
        parcel = dock.arrange()

        assert (parcel.status, parcel.tracking_status, parcel.items) == ("ready", "pre_transit", MUGS)
        assert is_sandbox_number(parcel.tracking_number)
        assert dock.shipping.shipment(shipment_id=parcel.id) == parcel
        assert dock.shipping.shipments_of(order_id="ord_1") == (parcel,)
        assert [fact.tracking_number for fact in dock.world.published(ShipmentArranged)] == [parcel.tracking_number]

    def test_again_under_another_key_changes_nothing(self, dock: Dock) -> None:
        parcel = dock.arrange(shipment_id="shp_twice")

        again = dock.arrange(shipment_id="shp_twice")

        assert again == parcel
        assert kinds("shp_twice") == ["arranged"]
        assert len(dock.world.published(ShipmentArranged)) == 1

    def test_never_gives_a_parcel_to_another_order(self, dock: Dock) -> None:
        dock.arrange(shipment_id="shp_twice")

        with pytest.raises(ShipmentClosed):
            dock.arrange(shipment_id="shp_twice", order_id="ord_2")

    def test_is_refused_where_the_method_does_not_go(self, dock: Dock) -> None:
        with pytest.raises(NoRoute, match="drone does not deliver to DE"):
            dock.arrange(method="drone")

        assert not Shipment.objects.exists()

    def test_takes_one_statement_on_postgresql(self, dock: Dock) -> None:
        dock.arrange()

        with CaptureQueriesContext(connections["shipping"]) as statements:
            dock.arrange()

        body = [entry["sql"] for entry in statements if "shipping_shipment" in entry["sql"]]
        assert len(body) == (1 if connections["shipping"].vendor == "postgresql" else 2)


class TestDispatch:
    def test_marks_a_ready_shipment_as_gone(self, dock: Dock) -> None:
        parcel = dock.arrange()

        gone = dock.shipping.dispatch(key=dock.world.key(), shipment_id=parcel.id, expected_version=1)

        assert (gone.status, gone.version) == ("dispatched", 2)
        assert gone.dispatched_at is not None
        assert [fact.items for fact in dock.world.published(ShipmentDispatched)] == [MUGS]
        assert list(audit()) == []

    def test_is_refused_when_gone_stale_or_unknown(self, dock: Dock) -> None:
        parcel = dock.arrange()
        with pytest.raises(Stale):
            dock.shipping.dispatch(key=dock.world.key(), shipment_id=parcel.id, expected_version=7)
        dock.shipping.dispatch(key=dock.world.key(), shipment_id=parcel.id)

        with pytest.raises(ShipmentClosed, match="is dispatched") as refused:
            dock.shipping.dispatch(key=dock.world.key(), shipment_id=parcel.id)
        with pytest.raises(NotFound):
            dock.shipping.dispatch(key=dock.world.key(), shipment_id="shp_none")

        assert refused.value.state == "dispatched"
        assert len(dock.world.published(ShipmentDispatched)) == 1
        assert kinds(parcel.id) == ["arranged", "dispatched"]


class TestCancel:
    def test_keeps_a_ready_shipment_from_leaving(self, dock: Dock) -> None:
        parcel = dock.arrange()

        dock.shipping.cancel(key=dock.world.key(), shipment_id=parcel.id)
        dock.shipping.cancel(key=dock.world.key(), shipment_id=parcel.id)

        assert dock.shipping.shipment(shipment_id=parcel.id).status == "canceled"
        assert len(dock.world.published(ShipmentCanceled)) == 1
        assert list(audit()) == []

    def test_before_arrange_refuses_the_late_arrange(self, dock: Dock) -> None:
        dock.shipping.cancel(key=dock.world.key(), shipment_id="shp_early")

        with pytest.raises(ShipmentClosed, match="shp_early is canceled"):
            dock.arrange(shipment_id="shp_early")

        assert dock.world.published(ShipmentCanceled) == []
        with pytest.raises(NotFound):
            dock.shipping.shipment(shipment_id="shp_early")

    def test_is_refused_once_it_has_left(self, dock: Dock) -> None:
        parcel = dock.arrange()
        dock.shipping.dispatch(key=dock.world.key(), shipment_id=parcel.id)

        with pytest.raises(ShipmentClosed):
            dock.shipping.cancel(key=dock.world.key(), shipment_id=parcel.id)

        assert dock.shipping.shipment(shipment_id=parcel.id).status == "dispatched"

    def test_honours_the_expected_version(self, dock: Dock) -> None:
        parcel = dock.arrange()

        with pytest.raises(Stale) as refused:
            dock.shipping.cancel(key=dock.world.key(), shipment_id=parcel.id, expected_version=9)

        assert isinstance(refused.value, Refusal)
        assert dock.shipping.shipment(shipment_id=parcel.id) == parcel


class TestHistory:
    def test_is_only_ever_added_to(self, dock: Dock) -> None:
        line = ShipmentEvent.objects.get(shipment_id=dock.arrange().id)

        with pytest.raises(TypeError, match="only ever added to"):
            line.save()
        with pytest.raises(TypeError, match="only ever added to"):
            line.delete()


class TestAudit:
    def test_finds_what_history_does_not_tell(self, dock: Dock) -> None:
        parcel = dock.arrange(address=BERLIN)
        Shipment.objects.filter(id=parcel.id).update(status="dispatched", tracking_status="in_transit")

        found = " ".join(audit())

        assert "never left" in found
        assert "is in_transit, but its history says pre_transit" in found

    def test_finds_a_report_that_nobody_acts_on(self, dock: Dock) -> None:
        dock.report(dock.arrange(), "in_transit")

        dock.world.clock.advance(minutes=timedelta(minutes=31).seconds / 60)

        assert any("waits since" in sentence for sentence in audit())
