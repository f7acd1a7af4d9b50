"""Carriers' webhooks: verified, stored, acted upon once, in whatever order they come."""

import threading
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from django.db import connections
from django.test import override_settings

from modules.shipping import reports
from modules.shipping.audit import audit
from modules.shipping.carriers.protocol import TrackingReport
from modules.shipping.carriers.sandbox import SECRETS_FROM, SandboxCarrier
from modules.shipping.events import ShipmentDelivered, ShipmentDispatched, TrackingChanged
from modules.shipping.models import CarrierReport, Shipment, ShipmentEvent
from modules.shipping.tests.dock import WEBHOOK, Dock
from storefront import clock
from storefront.database.unit import unit_of_work
from storefront.testing.world import World

FIRST = "whsec_" + "Zmlyc3QtZmlyc3QtZmlyc3QtZmlyc3Q="
SECOND = "whsec_" + "c2Vjb25kLXNlY29uZC1zZWNvbmQtc2Vj"


def hours_ago(hours: float) -> datetime:
    return datetime.now(UTC) - timedelta(hours=hours)


class TestACarriersWebhook:
    def test_delivers_a_parcel(self, dock: Dock) -> None:
        parcel, at = dock.arrange(), hours_ago(1)

        delivered = dock.tells(parcel, "delivered", at=at)

        assert (delivered.status, delivered.tracking_status, delivered.delivered_at) == ("delivered", "delivered", at)
        assert [fact.shipment_id for fact in dock.world.published(ShipmentDispatched)] == [parcel.id]
        assert [fact.delivered_at for fact in dock.world.published(ShipmentDelivered)] == [at]
        assert list(audit()) == []

    def test_in_transit_implies_that_the_parcel_was_dispatched(self, dock: Dock) -> None:
        parcel = dock.arrange()

        dock.tells(parcel, "in_transit", at=hours_ago(2))
        gone = dock.tells(parcel, "out_for_delivery", at=hours_ago(1))

        assert (gone.status, gone.tracking_status) == ("dispatched", "out_for_delivery")
        assert len(dock.world.published(ShipmentDispatched)) == 1
        assert len(dock.world.published(TrackingChanged)) == 2

    def test_names_nobody_in_a_parcels_history(self, dock: Dock) -> None:
        parcel = dock.arrange()

        dock.report(parcel, "delivered", note="Left with Frau Groß, Straße des 17. Juni 135")
        dock.world.settle()

        note = ShipmentEvent.objects.get(shipment_id=parcel.id, kind="tracking").note
        assert "Juni" not in note
        assert note.startswith("Left with Frau")

    def test_that_comes_late_is_recorded_but_moves_nothing_back(self, dock: Dock) -> None:
        parcel = dock.arrange()
        delivered = dock.tells(parcel, "delivered", at=hours_ago(1))

        after = dock.tells(parcel, "in_transit", at=hours_ago(0.5))

        lines = ShipmentEvent.objects.filter(shipment_id=parcel.id, kind="tracking")
        assert after == delivered
        assert [line.tracking_status for line in lines] == ["delivered", "in_transit"]
        assert CarrierReport.objects.latest("id").outcome == "recorded"
        assert list(audit()) == []

    def test_ends_alike_in_every_order_and_sent_twice(self, dock: Dock) -> None:
        told = [("in_transit", 5.0), ("failure", 4.0), ("out_for_delivery", 3.0), ("delivered", 2.0)]
        instants = {status: hours_ago(hours) for status, hours in told}
        parcels = [dock.arrange(order_id=f"ord_{number}") for number in range(24)]

        for parcel, order in zip(parcels, permutations(instants), strict=True):
            for status in (*order, order[0]):
                dock.report(parcel, status, at=instants[status], event_id=f"{parcel.id}-{status}")
        dock.world.settle()

        ends = {(row.status, row.tracking_status, row.delivered_at) for row in Shipment.objects.all()}
        assert ends == {("delivered", "delivered", instants["delivered"])}
        assert len(dock.world.published(ShipmentDelivered)) == 24
        assert len(dock.world.published(ShipmentDispatched)) == 24
        assert list(audit()) == []

    def test_sent_twice_is_stored_once_and_answered_alike(self, dock: Dock) -> None:
        parcel = dock.arrange()
        at = hours_ago(1)

        first = dock.report(parcel, "in_transit", at=at, event_id="evt_same")
        second = dock.report(parcel, "in_transit", at=at, event_id="evt_same")
        dock.world.settle()

        assert (first, second) == (200, 200)
        assert CarrierReport.objects.count() == 1

    def test_from_the_future_counts_as_of_now(self, dock: Dock) -> None:
        parcel = dock.arrange()
        dock.tells(parcel, "in_transit", at=datetime(9999, 1, 1, tzinfo=UTC))

        row = Shipment.objects.get(id=parcel.id)

        assert row.tracked_at is not None
        assert row.tracked_at <= clock.now()

    def test_for_a_canceled_parcel_is_only_recorded(self, dock: Dock) -> None:
        parcel = dock.arrange()
        dock.shipping.cancel(key=dock.world.key(), shipment_id=parcel.id)

        after = dock.tells(parcel, "delivered")

        assert after.status == "canceled"
        assert dock.world.published(ShipmentDelivered) == []
        assert list(audit()) == []

    def test_is_answered_before_it_is_acted_upon(self, dock: Dock) -> None:
        parcel = dock.arrange()

        dock.report(parcel, "delivered")

        assert CarrierReport.objects.get().outcome == "waiting"
        assert dock.shipping.shipment(shipment_id=parcel.id).status == "ready"

    def test_without_a_shipment_waits_for_an_operator(self, dock: Dock) -> None:
        stranger = TrackingReport(tracking_number="SBX0", status="delivered", occurred_at=hours_ago(1))
        dock.post(*dock.carrier.signed(stranger, event_id="evt_stranger"))
        dock.world.settle()
        report = CarrierReport.objects.get()
        parcel = dock.arrange()
        Shipment.objects.filter(id=parcel.id).update(tracking_number="SBX0")

        reports.replay(report.pk)
        dock.world.settle()
        reports.replay(report.pk)
        dock.world.settle()

        assert report.outcome == "unmatched"
        assert dock.shipping.shipment(shipment_id=parcel.id).status == "delivered"
        assert CarrierReport.objects.get().outcome == "applied"
        assert len(dock.world.published(ShipmentDelivered)) == 1

    @pytest.mark.parametrize("body", [b"", b"\xc3\xbc", b"[]", b'{"type": "parcel.eaten"}', b'{"type": 1, "data": {}}'])
    def test_that_is_signed_nonsense_is_kept_and_harms_nothing(self, dock: Dock, body: bytes) -> None:
        answer = dock.post(body, signed(body))
        dock.world.settle()

        assert answer.status_code == 200
        assert [report.outcome for report in CarrierReport.objects.all()] == ["unreadable"]


def signed(body: bytes) -> dict[str, str]:
    from standardwebhooks.webhooks import Webhook

    from modules.shipping.carriers.sandbox import secrets

    now = datetime.now(UTC)
    signature = Webhook(secrets()[0]).sign("evt_raw", now, body.decode())
    return {
        "webhook-id": "evt_raw", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature,
    }


class TestAForgedWebhook:
    @pytest.mark.parametrize(
        "forgery",
        [
            {}, {"webhook-signature": "v1,AAAA"}, {"webhook-signature": "garbage"}, {"webhook-signature": "v1,%%%"},
            {"webhook-timestamp": "1000000000"}, {"webhook-timestamp": "soon"}, {"webhook-timestamp": "nan"},
            {"webhook-id": "evt_other"},
        ],
    )
    def test_is_400_and_leaves_nothing(self, dock: Dock, forgery: dict[str, str]) -> None:
        told = TrackingReport(tracking_number="SBX0", status="delivered", occurred_at=hours_ago(1))
        body, headers = dock.carrier.signed(told, event_id="evt_1")

        answer = dock.post(body, {**headers, **forgery} if forgery else {})

        assert (answer.status_code, answer.json()["code"]) == (400, "shipping.forged_report")
        assert not CarrierReport.objects.exists()

    def test_with_one_byte_changed_is_400(self, dock: Dock) -> None:
        told = TrackingReport(tracking_number="SBX0", status="delivered", occurred_at=hours_ago(1))
        body, headers = dock.carrier.signed(told, event_id="evt_1")

        assert dock.post(body.replace(b"SBX0", b"SBX1"), headers).status_code == 400

    def test_of_no_carrier_is_404_and_a_huge_one_413(self, dock: Dock) -> None:
        nobody = dock.world.client.post("/api/v1/webhooks/carriers/nobody", data=b"{}", content_type="application/json")
        huge = dock.world.client.post(WEBHOOK, data=b"x" * 300_000, content_type="application/json")

        assert (nobody.status_code, huge.status_code) == (404, 413)


class TestSecretsInRotation:
    def test_both_verify_and_the_first_signs(self, dock: Dock, monkeypatch: pytest.MonkeyPatch) -> None:
        told = TrackingReport(tracking_number="SBX0", status="delivered", occurred_at=hours_ago(1))
        monkeypatch.setenv(SECRETS_FROM, FIRST)
        old = SandboxCarrier().signed(told, event_id="evt_old")
        monkeypatch.setenv(SECRETS_FROM, f"{SECOND},{FIRST}")
        new = SandboxCarrier().signed(told, event_id="evt_new")

        both = [dock.post(*old).status_code, dock.post(*new).status_code]
        monkeypatch.setenv(SECRETS_FROM, SECOND)

        assert both == [200, 200]
        assert dock.post(*old).status_code == 400

    def test_follow_djangos_own_keys_by_default(self, dock: Dock) -> None:
        told = TrackingReport(tracking_number="SBX0", status="delivered", occurred_at=hours_ago(1))
        with override_settings(SECRET_KEY="before"):
            body, headers = dock.carrier.signed(told, event_id="evt_1")

        with override_settings(SECRET_KEY="after", SECRET_KEY_FALLBACKS=["before"]):
            assert dock.post(body, headers).status_code == 200
        with override_settings(SECRET_KEY="after", SECRET_KEY_FALLBACKS=[]):
            assert dock.post(body, headers).status_code == 400


class TestTwoReportsAtOnce:
    def test_have_one_winner_that_announces(self, committed_world: World) -> None:
        dock = Dock(committed_world)
        parcel = dock.arrange()
        at = hours_ago(1)
        for number in range(4):
            dock.report(parcel, "delivered", at=at, event_id=f"evt_{number}")
        stored = list(CarrierReport.objects.values_list("pk", flat=True))
        start = threading.Barrier(len(stored))

        def act(report_id: int) -> None:
            try:
                start.wait(10)
                with unit_of_work("shipping"):
                    reports.apply(report_id, now=clock.now())
            finally:
                connections.close_all()

        threads = [threading.Thread(target=act, args=(report_id,)) for report_id in stored]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        committed_world.settle()

        assert len(committed_world.published(ShipmentDelivered)) == 1
        assert len(committed_world.published(ShipmentDispatched)) == 1
        assert ShipmentEvent.objects.filter(kind="tracking").count() == 4
        assert list(audit()) == []
