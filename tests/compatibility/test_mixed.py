"""Two releases in one shop: payments of one, everything else of the other, over HTTP.

Where git lacks the sources of the last release, as in a shallow clone, its tests are left out with a sentence; in CI
they fail.
"""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from storefront.contracts.release import Release
from tests.compatibility.planting import ROOT
from tests.compatibility.sources import ADDITIONS, BREAK, changed, missing, released
from tests.leaving.shop import Shop, until
from tests.leaving.test_serving import SHELVE, STOCK, buy, is_in_order

OpenShop = Callable[..., Shop]

CANCEL = """
from modules.checkout.interface import Checkout
from storefront.interface import connect
order = connect(Checkout).cancel(key="cancel", order_id="{order}", reason="mixed", actor="test")
print(order.checkout_id)
"""

START = """
from storefront.topology.checks import refuse_a_bad_start
refuse_a_bad_start()
"""


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[OpenShop]:
    """Opens a shop of two processes, of the releases whose sources are given, with ten red mugs on the shelf."""
    openings = []

    def opened(*, payments: Path, rest: Path) -> Shop:
        shop = Shop("payments", rest=rest, outside=payments, scratch=tmp_path, STOREFRONT_PROCESS="payments")
        openings.append(shop.open())
        openings[-1].__enter__()
        shop.rest.run(SHELVE + STOCK)
        return shop

    yield opened
    for opening in openings:
        opening.__exit__(None, None, None)


def buy_and_cancel(shop: Shop) -> dict[str, Any]:
    """An order is placed, paid, given a parcel, and canceled: the shopper has the money back."""
    order = buy(shop)
    checkout_id = shop.rest.run(CANCEL.format(order=order["id"])).split()[-1]
    seen: dict[str, Any] = {}

    def refunded() -> bool:
        seen.update(shop.rest.ask(f"orders/{order['id']}?checkout={checkout_id}"))
        return bool(seen["payment_status"] == "refunded")

    until(refunded, explain=lambda: f"{seen}\n{shop.rest.said()}\n{shop.outside.said()}")
    return seen


def assert_all_is_well(shop: Shop, order: dict[str, Any]) -> None:
    assert (order["status"], order["payments"][0]["refunded"]) == ("canceled", order["totals"]["total"])
    for site in shop.sites:
        until(partial(is_in_order, site), explain=site.said)
        assert "MalformedCall" not in site.said()


def differing_faces(shop: Shop) -> dict[str, list[str]]:
    """The faces of the other process that the rest of the shop found to be of another release, and what that breaks."""
    with urlopen(f"{shop.rest.url}/_modules", timeout=10) as answer:  # noqa: S310  # our own address
        return {module: face["differences"] for module, face in json.load(answer)["faces"].items()}


@pytest.mark.proves("R25")
class TestTheLastReleaseBesideToday:
    def test_its_payments_serve_todays_shop(self, last_release: Release, opened: OpenShop, tmp_path: Path) -> None:
        shop = opened(payments=sources(last_release, tmp_path), rest=ROOT)

        assert_all_is_well(shop, buy_and_cancel(shop))

    def test_its_shop_is_served_by_todays_payments(
        self, last_release: Release, opened: OpenShop, tmp_path: Path
    ) -> None:
        shop = opened(payments=ROOT, rest=sources(last_release, tmp_path))

        assert_all_is_well(shop, buy_and_cancel(shop))


def sources(release: Release, scratch: Path) -> Path:
    assert not missing(release), missing(release)
    return released(release, scratch / "released")


class TestTodayBesideTheNextRelease:
    """The next one adds an argument, a field of an answer, and one of an event."""

    def test_its_payments_serve_todays_shop(self, opened: OpenShop, tmp_path: Path) -> None:
        shop = opened(payments=changed(tmp_path / "next", by=ADDITIONS), rest=ROOT)

        assert_all_is_well(shop, buy_and_cancel(shop))
        assert differing_faces(shop) == {"payments": []}

    def test_its_shop_is_served_by_todays_payments(self, opened: OpenShop, tmp_path: Path) -> None:
        shop = opened(payments=ROOT, rest=changed(tmp_path / "next", by=ADDITIONS))

        assert_all_is_well(shop, buy_and_cancel(shop))
        assert differing_faces(shop) == {"payments": []}


class TestTodayBesideABreak:
    def test_is_not_started(self, tmp_path: Path) -> None:
        broken = changed(tmp_path / "next", by=BREAK)
        shop = Shop("payments", rest=ROOT, outside=broken, scratch=tmp_path, STOREFRONT_PROCESS="payments")
        shop.outside.manage("migrate", "--verbosity", "0")

        with shop.outside.serving(), pytest.raises(AssertionError, match=r"payments\.capture: the operation is gone\."):
            shop.rest.run(START)
