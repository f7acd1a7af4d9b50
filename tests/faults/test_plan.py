"""A plan of faults: made by its seed alone, and each kind comes to its turn."""

import pytest

from storefront.testing.faults.plan import POINTS, Fault, Rates, planned

WEIGHTS = {"kill": 4.0, "die": 7.0, "skew": 1.0, "cut": 1.0, "database restart": 1.0}


def plan(seed: str, *, length: int = 1_000) -> list[Fault]:
    """Of a shop of two processes with an address and one without."""
    return planned(
        seed, length=length, gap=20, weights=WEIGHTS, processes=("shop-0", "shop-1"), relays=("shop-relay",)
    )


class TestPlan:
    def test_is_the_same_for_the_same_seed_only(self) -> None:
        assert plan("7") == plan("7")
        assert plan("7") != plan("8")

    @pytest.mark.parametrize("length", [20, 1_000])
    def test_has_every_kind_however_short_it_is(self, length: int) -> None:
        assert {fault.kind for fault in plan("7", length=length)} == WEIGHTS.keys()

    def test_comes_to_every_point(self) -> None:
        assert {fault.point for fault in plan("7") if fault.kind == "die"} == set(POINTS)

    def test_falls_within_its_length_in_order(self) -> None:
        times = [fault.after for fault in plan("7")]

        assert times == sorted(times)
        assert 0 < times[0] <= times[-1] < 1_000

    def test_cuts_only_what_has_an_address(self) -> None:
        assert {fault.target for fault in plan("7") if fault.kind == "cut"} <= {"shop-0", "shop-1"}


class TestRates:
    def test_of_loss_are_lost_on_both_ways(self) -> None:
        assert Rates.lossy(0.05).shares == {
            "lost_request": 0.025, "silence": 0.0, "lost_response": 0.025, "late": 0.0, "duplicate": 0.0, "delay": 0.0,
        }
