"""Every list of the API, walked from one end to the other and back."""

from typing import Any

import pytest

from modules.checkout.models import Order
from storefront.testing.world import World
from tests.hostile.document import operations
from tests.hostile.shop import Shop
from tests.hostile.wire import Request
from tests.journeys.shop import Shopper, shelve

Page = dict[str, Any]

LISTS = {
    "GET /products": ("", "category=kitchen", "search=mug", "sort=price", "sort=-price", "sort=title", "in_stock=true"),
    "GET /orders": (
        "", "status=canceled", "status=placed", "payment_status=paid", "fulfilment_status=backordered",
        "placed_after=2020-01-01T00:00:00Z",
    ),
    "GET /stock": ("", "location=BER", "sku=RED-MUG&sku=BLUE-MUG&sku=MUG-1"),
    "GET /webhook-endpoints": ("",),
    "GET /webhook-endpoints/{endpoint_id}/messages": ("", "status=pending"),
}
"""List -> its filters; the first takes all."""


@pytest.fixture
def full(world: World, shop: Shop) -> Shop:
    """The shop with enough of everything for three pages of two."""
    for number in range(3):
        shelve(world, f"MUG-{number}", price=1_000 + number)
        Shopper().buy((f"MUG-{number}", 1))
        asked(shop, "POST", "/api/v1/webhook-endpoints/{endpoint_id}/test")
    for number in range(5):
        body = f'{{"url": "https://erp.example/{number}", "events": ["product.published"], "description": ""}}'
        asked(shop, "POST", "/api/v1/webhook-endpoints", body, key=f"endpoint-{number}")
    for _ in range(2):
        asked(shop, "POST", "/api/v1/webhook-endpoints/{endpoint_id}/test")
    serials = list(Order.objects.order_by("serial").values_list("serial", flat=True))
    Order.objects.filter(serial__in=serials[1::4]).update(status="canceled")
    return shop


def asked(shop: Shop, method: str, target: str, body: str = "{}", *, key: str = "") -> Page:
    """The answer to the machine that may do everything."""
    headers: tuple[tuple[str, str], ...] = (("Authorization", "Bearer {machine}"),)
    if method == "POST":
        headers += (("Content-Type", "application/json"), *((("Idempotency-Key", key),) if key else ()))
    reply = shop.ask(Request(method, target, headers, body.encode() if method == "POST" else None))
    assert reply.status in (200, 201, 202), reply
    return dict(reply.json())


def walked(shop: Shop, first: Page, way: str) -> list[Page]:
    """The page, and all that follow it by `next` or `previous`."""
    pages = [first]
    while pages[-1][way]:
        pages.append(asked(shop, "GET", pages[-1][way]))
        assert len(pages) < 50, "The way leads round in circles."
    return pages


def rows(pages: list[Page]) -> list[list[Page]]:
    return [page["data"] for page in pages]


class TestAList:
    def test_has_its_walk_here(self) -> None:
        lists = {name for name, found in operations().items() if "cursor" in found.parameters_in("query")}

        assert lists == set(LISTS)

    @pytest.mark.parametrize("name", LISTS)
    def test_is_the_same_there_and_back_and_as_long_as_it_says(self, full: Shop, name: str) -> None:
        for filtered in LISTS[name]:
            target = f"/api/v1{operations()[name].path}?limit=2&count=true" + f"&{filtered}" * bool(filtered)

            there = walked(full, asked(full, "GET", target), "next")
            back = walked(full, there[-1], "previous")

            assert rows(back)[::-1] == rows(there), filtered
            assert [page["count"] for page in there] == [sum(map(len, rows(there)))] * len(there), filtered
            assert there[0]["data"], filtered
            assert len(there) >= 3 or filtered
