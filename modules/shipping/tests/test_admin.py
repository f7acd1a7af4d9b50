"""Shipping in the admin."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from modules.shipping.carriers.protocol import TrackingReport
from modules.shipping.interface import Destination
from modules.shipping.models import CarrierReport, Lane, Method, Rate, Shipment, Zone
from modules.shipping.tests.dock import Dock
from storefront import clock
from storefront.money import Money


@pytest.fixture
def staff(dock: Dock) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("ada"))
    return client


def act(staff: Client, page: str, action: str, chosen: Any) -> str:
    answer = staff.post(
        reverse(f"admin:shipping_{page}_changelist"), {"action": action, "_selected_action": [chosen]}, follow=True
    )
    assert answer.status_code == 200
    return answer.content.decode()


class TestShipments:
    def test_are_listed_with_their_state_and_shown_with_items_address_and_timeline(
        self, dock: Dock, staff: Client
    ) -> None:
        parcel = dock.arrange()
        dock.shipping.cancel(key=dock.world.key(), shipment_id="shp_tombstone")

        listed = staff.get(reverse("admin:shipping_shipment_changelist")).content.decode()
        shown = staff.get(reverse("admin:shipping_shipment_change", args=[parcel.id])).content.decode()

        assert parcel.tracking_number in listed
        assert "shp_tombstone" not in listed
        for text in ("2 x RED-MUG Red mug", "Straße des 17. Juni 135", "arranged", "Label (PDF"):
            assert text in shown

    def test_are_never_edited(self, dock: Dock, staff: Client) -> None:
        parcel = dock.arrange()

        answer = staff.post(reverse("admin:shipping_shipment_change", args=[parcel.id]), {"status": "delivered"})

        assert answer.status_code == 403
        assert Shipment.objects.get().status == "ready"

    def test_give_their_label_to_staff_only(self, dock: Dock, staff: Client) -> None:
        page = reverse("admin:shipping_shipment_label", args=[dock.arrange().id])

        assert staff.get(page).content.startswith(b"%PDF-")
        assert dock.world.client.get(page).status_code == 302
        assert staff.get(page.replace("shp_", "shp_no")).status_code == 404

    def test_are_dispatched_and_canceled_by_command(self, dock: Dock, staff: Client) -> None:
        parcel = dock.arrange()

        done = act(staff, "shipment", "dispatch_shipments", parcel.id)
        refused = act(staff, "shipment", "cancel_shipments", parcel.id)

        assert f"{parcel.id}: done." in done
        assert f"Shipment {parcel.id} is dispatched." in refused


class TestReports:
    def test_are_read_and_replayed(self, dock: Dock, staff: Client) -> None:
        stranger = TrackingReport(tracking_number="SBX0", status="in_transit", occurred_at=clock.now())
        dock.post(*dock.carrier.signed(stranger, event_id="evt_stranger"))
        dock.world.settle()
        report = CarrierReport.objects.get()

        shown = staff.get(reverse("admin:shipping_carrierreport_change", args=[report.pk])).content.decode()
        told = act(staff, "carrierreport", "replay_reports", report.pk)

        assert "tracking.updated" in shown
        assert "1 will be acted upon again" in told


class TestTheTariff:
    @pytest.mark.parametrize("page", ["zone", "method", "lane"])
    def test_is_listed_and_edited(self, staff: Client, page: str) -> None:
        model: Any = {"zone": Zone, "method": Method, "lane": Lane}[page]

        listed = staff.get(reverse(f"admin:shipping_{page}_changelist"))
        edited = staff.get(reverse(f"admin:shipping_{page}_change", args=[model.objects.first().pk]))

        assert (listed.status_code, edited.status_code) == (200, 200)

    def test_counts_at_once_when_it_is_saved(self, dock: Dock, staff: Client) -> None:
        lane = Lane.objects.get(method__code="express", zone__code="germany")
        before = express(dock)

        address = reverse("admin:shipping_lane_change", args=[lane.pk])
        answer = staff.post(
            address, lane_form(lane, EUR="999") | {"_shown": staff.get(address).context["shown"]}
        )

        assert answer.status_code == 302
        assert (before, express(dock)) == (Money(1_290, "EUR"), Money(999, "EUR"))

    def test_refuses_a_zone_rule_that_cannot_be_read(self, staff: Client) -> None:
        answer = staff.post(
            reverse("admin:shipping_zone_add"),
            {"code": "x", "name": "X", "priority": "1", "countries": "Germany", "postal_codes": "30..2"},
        )

        page = answer.content.decode()
        assert "is no country" in page
        assert "same length" in page
        assert not Zone.objects.filter(code="x").exists()


def express(dock: Dock) -> Money:
    options = dock.shipping.quote(destination=Destination(country="DE"), weight_g=1, subtotal=Money(1, "EUR"))
    return {option.id: option.price for option in options}["express"]


def lane_form(lane: Lane, **prices: str) -> dict[str, Any]:
    rates = list(Rate.objects.filter(lane=lane))
    form: dict[str, Any] = {
        "method": lane.method_id, "zone": lane.zone_id, "days_min": lane.days_min, "days_max": lane.days_max,
        "rates-TOTAL_FORMS": len(rates), "rates-INITIAL_FORMS": len(rates),
    }
    for number, rate in enumerate(rates):
        form |= {
            f"rates-{number}-id": rate.pk, f"rates-{number}-lane": lane.pk, f"rates-{number}-currency": rate.currency,
            f"rates-{number}-starts_at": rate.starts_at, f"rates-{number}-free_over_minor": "",
            f"rates-{number}-price_minor": prices.get(rate.currency, rate.price_minor),
        }
    return form
