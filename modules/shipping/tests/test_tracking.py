"""What moves a shipment's tracking."""

from datetime import UTC, datetime, timedelta
from functools import reduce
from random import Random
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.shipping.interface import ShipmentStatus, TrackingStatus
from modules.shipping.tracking import PHASE, Sighting, is_newer, status_after

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SIGHTINGS = st.builds(
    Sighting, st.sampled_from(list(PHASE)), st.integers(0, 5).map(lambda hours: NOON + timedelta(hours=hours))
)


def told(reports: list[Sighting]) -> Sighting:
    nothing = Sighting("unknown", None)
    return reduce(lambda known, report: report if is_newer(report, known) else known, reports, nothing)


class TestTracking:
    def test_has_a_phase_for_every_status(self) -> None:
        assert set(PHASE) == set(get_args(TrackingStatus))

    def test_goes_on_from_a_failed_attempt(self) -> None:
        later = Sighting("out_for_delivery", NOON + timedelta(hours=3))

        failed = Sighting("failure", NOON + timedelta(hours=1))

        assert told([Sighting("out_for_delivery", NOON), failed, later]) == later

    def test_stays_delivered_whatever_comes_late(self) -> None:
        delivered = Sighting("delivered", NOON)

        assert told([delivered, Sighting("in_transit", NOON + timedelta(hours=1))]) == delivered

    @given(st.lists(SIGHTINGS, max_size=6), st.randoms())
    def test_ends_alike_in_any_order_and_with_duplicates(self, reports: list[Sighting], chance: Random) -> None:
        shuffled = reports + reports[:2]
        chance.shuffle(shuffled)

        assert told(shuffled) == told(reports)


class TestStatusAfter:
    @pytest.mark.parametrize(
        ("status", "tracking", "after"),
        [
            ("ready", "pre_transit", "ready"), ("ready", "in_transit", "dispatched"),
            ("ready", "delivered", "delivered"),
            ("dispatched", "failure", "dispatched"), ("dispatched", "return_to_sender", "dispatched"),
            ("canceled", "delivered", "canceled"), ("delivered", "in_transit", "delivered"),
        ],
    )
    def test_follows_the_carrier(self, status: ShipmentStatus, tracking: TrackingStatus, after: ShipmentStatus) -> None:
        assert status_after(status, tracking) == after
