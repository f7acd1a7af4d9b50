"""A sell-out tells units left over, orders without a unit, and buyers sent away for nothing."""

import pytest

from benchmarks.hot import SellOut, is_exact


def sold_out(*, sold: int, refused: int, failures: dict[str, int] | None = None) -> SellOut:
    return SellOut(units=4, buyers=5, sold=sold, refused=refused, failures=failures or {}, seconds=1.0)


class TestSellOut:
    def test_is_exact_when_every_unit_found_its_buyer(self) -> None:
        assert is_exact(sold_out(sold=4, refused=1))

    @pytest.mark.parametrize(
        ("found", "undersold", "oversold", "falsely"),
        [(sold_out(sold=3, refused=2), 1, 0, 1), (sold_out(sold=5, refused=0), 0, 1, 0)],
    )
    def test_counts_what_is_not(self, found: SellOut, undersold: int, oversold: int, falsely: int) -> None:
        assert (found.undersold, found.oversold, found.falsely_refused) == (undersold, oversold, falsely)
        assert not is_exact(found)

    def test_is_not_exact_with_another_failure(self) -> None:
        assert not is_exact(sold_out(sold=4, refused=0, failures={"503 ": 1}))
