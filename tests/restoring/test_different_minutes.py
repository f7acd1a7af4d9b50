"""Each module back to another minute than the rest: the audit names what differs, and the repair converges.

Three backups, an order or two between them. The bank is in nobody's backup: it knows all that it ever did.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.restoring.premises import Premises, premises

HISTORY = (
    "open", "sell=2", "backup=monday",
    "sell=2", "dispatch", "refund", "begin", "backup=tuesday",
    "settle", "sell=1", "dispatch", "tell", "backup=wednesday",
)
MENDED = ("later=11", "audit", "repair", "settle", "repair", "settle", "repair", "settle", "audit", "tell")


class Past(NamedTuple):
    """A shop with its backups, and how it stood at the last of them."""

    folder: Path
    stood: dict[str, Any]


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    """Three days, lived once: each test gets a copy."""
    folder = tmp_path_factory.mktemp("past") / "shop"
    with premises(folder, "files") as shop:
        stood = shop.live(*HISTORY)[HISTORY.index("tell")]
        yield Past(folder, stood)


@pytest.fixture
def shop(past: Past, tmp_path: Path) -> Premises:
    """A copy of the shop on wednesday."""
    shutil.copytree(past.folder, tmp_path / "shop")
    return Premises(tmp_path / "shop", {})


class Mended(NamedTuple):
    """What the audit found at first, what became of it, what it finds at the end, and how the shop stands then."""

    found: set[str]
    accounts: list[list[str]]
    again: list[list[str]]
    left: list[list[str]]
    stands: dict[str, Any]


def _mended(shop: Premises, *restores: str) -> Mended:
    came = shop.live(*(f"restore={each}" for each in restores), "bank_of=wednesday", *MENDED)[-len(MENDED):]
    found, first, again, left, stands = (came[place] for place in (1, 2, 6, 8, 9))
    return Mended({code for code, _ in found}, first, again, left, stands)


OLDER = {
    ("cart", "tuesday"): {"checkout.cart_not_completed"},
    ("inventory", "monday"): {
        "checkout.order_without_stock", "checkout.stock_not_shipped", "catalog.availability_differs",
    },
    ("payments", "monday"): {"payments.unknown_to_us", "payments.differs_from_bank", "checkout.payment_unknown"},
    ("payments", "tuesday"): {"payments.unknown_to_us", "payments.differs_from_bank", "checkout.payment_unknown"},
    ("shipping", "monday"): {"checkout.order_without_parcel", "checkout.parcel_behind"},
}
"""What the audit must name at least, where one module came back older than the rest."""


@pytest.mark.proves("R28", "I1", "I2", "I3", "I4", "I5", "I8", "I9")
class TestOneModuleOlder:
    @pytest.mark.parametrize(("module", "day"), [*OLDER, ("catalog", "monday"), ("shipping", "tuesday")])
    def test_is_named_and_the_repair_leaves_no_order_unfinished(
        self, shop: Premises, past: Past, module: str, day: str
    ) -> None:
        mended = _mended(shop, f"{day}:{module}")

        assert mended.found >= OLDER.get((module, day), set())
        assert mended.left == [], mended.accounts
        assert [each for each in mended.again if each[2] == "repaired"] == []
        assert set(mended.stands["orders"]) == set(past.stood["orders"])
        assert mended.stands["lost"] == []
        assert (mended.stands["kept"], mended.stands["on hand"]) == (past.stood["kept"], past.stood["on hand"])


@pytest.mark.proves("R28", "I2", "I3", "I5")
class TestCheckoutOlder:
    def test_goes_on_with_what_it_remembers_and_names_each_order_that_somebody_else_still_knows(
        self, shop: Premises, past: Past
    ) -> None:
        mended = _mended(shop, "tuesday:checkout")

        known = set(mended.stands["orders"])
        lost = set(past.stood["orders"]) - known
        assert len(lost) == 1, "The order that was begun on tuesday went on by itself."
        assert mended.stands["lost"] == sorted(lost)
        named = {about for code, about, _ in mended.again if code == "checkout.order_lost"}
        assert named == lost
        assert all("paid" in state or "refunded" in state for state in mended.stands["orders"].values())

    def test_names_nothing_but_what_belongs_to_the_lost_orders(self, shop: Premises, past: Past) -> None:
        mended = _mended(shop, "monday:checkout")

        lost = set(past.stood["orders"]) - set(mended.stands["orders"])
        assert len(lost) == 4
        assert {about for _, about, _ in mended.again} == lost
        assert {outcome for _, _, outcome in mended.again} == {"named"}
        assert mended.stands["kept"] == past.stood["kept"]


@pytest.mark.proves("R28", "I1", "I3", "I5")
class TestEachFromAnotherDay:
    def test_converges_where_checkout_is_the_latest(self, shop: Premises, past: Past) -> None:
        self._converges(shop, past.stood)

    @pytest.mark.postgresql
    def test_converges_on_postgresql(self, tmp_path: Path) -> None:
        with premises(tmp_path / "drift", "database") as shop:
            self._converges(shop, shop.live(*HISTORY)[HISTORY.index("tell")])

    def _converges(self, shop: Premises, stood: dict[str, Any]) -> None:
        mended = _mended(
            shop, "monday:catalog,inventory", "tuesday:cart,payments", "monday:shipping", "wednesday:checkout"
        )

        assert mended.found
        assert mended.left == [], mended.accounts
        assert set(mended.stands["orders"]) == set(stood["orders"])
        assert (mended.stands["kept"], mended.stands["on hand"]) == (stood["kept"], stood["on hand"])
