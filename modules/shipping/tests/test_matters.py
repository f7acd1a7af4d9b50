"""What of shipping waits for an operator is on the dashboard, and its entry leads to it."""

import pytest
from django.contrib.auth.models import User

from modules.shipping import reports
from modules.shipping.carriers.protocol import TrackingReport
from modules.shipping.models import CarrierReport, Shipment
from modules.shipping.tests.dock import Dock
from modules.shipping.tests.test_reports import hours_ago, signed
from storefront.followup.matter import matters


def seen() -> list[tuple[str, int]]:
    return [(each.title, each.count) for each in matters(("shipping",))]


def report_a_stranger(dock: Dock) -> CarrierReport:
    stranger = TrackingReport(tracking_number="SBX0", status="delivered", occurred_at=hours_ago(1))
    dock.post(*dock.carrier.signed(stranger, event_id="evt_stranger"))
    dock.world.settle()
    return CarrierReport.objects.get()


class TestAReport:
    def test_that_matches_no_parcel_is_shown_until_it_does(self, dock: Dock) -> None:
        report = report_a_stranger(dock)
        assert seen() == [("Unmatched carrier reports", 1)]
        assert matters(("shipping",))[0].since == report.received_at

        Shipment.objects.filter(id=dock.arrange().id).update(tracking_number="SBX0")
        reports.replay(report.pk)
        dock.world.settle()

        assert seen() == []

    def test_that_nobody_can_read_is_shown(self, dock: Dock) -> None:
        dock.post(b"[]", signed(b"[]"))
        dock.world.settle()

        assert seen() == [("Unreadable carrier reports", 1)]

    def test_of_another_shops_parcel_leaves_by_age(self, dock: Dock) -> None:
        report_a_stranger(dock)

        dock.world.clock.advance(days=15)

        assert seen() == []

    @pytest.mark.parametrize("is_readable", [True, False])
    def test_is_in_the_list_that_its_entry_leads_to(self, dock: Dock, is_readable: bool) -> None:
        report_a_stranger(dock)
        dock.post(b"[]", signed(b"[]"))
        dock.world.client.force_login(User.objects.create_superuser("ada"))
        matter = matters(("shipping",))[0 if is_readable else 1]

        page = dock.world.client.get(f"/admin/{matter.page}")

        assert [report.outcome for report in page.context["cl"].result_list] == [
            "unmatched" if is_readable else "unreadable"
        ]
