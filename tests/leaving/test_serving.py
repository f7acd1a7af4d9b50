"""The shop runs with a module that has left: its process from its own project, the other five from this one."""

import re
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.shop import ADDRESS
from tests.leaving.conftest import ROOT, Project, each_module
from tests.leaving.shop import Shop, Site, until

SHELVE = """
from modules.catalog.interface import Catalog, PriceInput, ProductInput, VariantInput
from storefront.interface import connect
from storefront.money import Money
price = PriceInput(price=Money(1250, "EUR"), includes_tax=True)
variant = VariantInput(sku="RED-MUG", options=(), weight_g=400, prices=(price,))
product = ProductInput(handle="red-mug", title="Red mug", variants=(variant,), status="active", categories=(("Mugs",),))
connect(Catalog).put_product(key="shelve", product=product)
"""
STOCK = """
from modules.inventory.interface import Inventory, OpeningLevel
from storefront.interface import connect
connect(Inventory).open_levels(key="stock", levels=(OpeningLevel(sku="RED-MUG", location="BER", on_hand=10),))
"""
CLOSE = """
from django.core.management import call_command
call_command("events", "status")
call_command("audit")
"""


@pytest.fixture
def shop(project: Project, tmp_path: Path) -> Iterator[Shop]:
    """Open, with ten red mugs on the shelf."""
    shop = Shop(project.module, rest=ROOT, outside=project.folder, scratch=tmp_path)
    with shop.open():
        scripts: dict[Site, str] = {}
        for module, script in (("catalog", SHELVE), ("inventory", STOCK)):
            site = shop.site_of(module)
            scripts[site] = scripts.get(site, "") + script
        for site, script in scripts.items():
            site.run(script)
        yield shop


def buy(shop: Shop) -> dict[str, Any]:
    """Three calls; the order as its shopper sees it when all that follows is done."""
    line = {"sku": "RED-MUG", "quantity": 2}
    cart = shop.site_of("cart").ask("carts", {"currency": "EUR", "lines": [line]})
    checkouts = shop.site_of("checkout")
    checkout = checkouts.ask("checkouts", {
        "cart": cart["id"], "email": "ada@example.org", "shipping_address": ADDRESS, "shipping_option": "standard",
        "payment": {"provider": "sandbox", "token": "tok_visa"},
    })
    placed = checkouts.ask(f"checkouts/{checkout['id']}/complete", {}, key="buy-once")
    where = placed.get("order") or f"/api/v1/orders/{placed['id']}?checkout={checkout['id']}"  # it may take its time
    seen: dict[str, Any] = {}

    def finished() -> bool:
        with suppress(AssertionError):  # it may not be placed yet
            seen.update(checkouts.ask(where.removeprefix("/api/v1/")))
        return seen.get("payment_status") == "paid" and any(each["tracking_number"] for each in seen["shipments"])

    until(finished, explain=lambda: f"{seen}\n{shop.rest.said()}\n{shop.outside.said()}")
    return seen


class TestAModuleThatHasLeft:
    @each_module
    def test_serves_the_shop_and_an_order_goes_all_the_way(self, shop: Shop) -> None:
        order = buy(shop)

        assert order["status"] == "placed"
        assert order["payments"][0]["captured"] == order["totals"]["total"]
        for site in shop.sites:
            until(partial(is_in_order, site), explain=site.said)


def is_in_order(site: Site) -> bool:
    """Whether the books are right and each fact of its modules is where it was to be told."""
    *owed, books = site.run(CLOSE).splitlines()
    return books == "The books are in order." and all(re.search(r" 0 owed +0 dead", line) for line in owed)
