"""The back office: everything to see, and stock changes through the commands."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from modules.inventory.models import Level, Movement, StockItem
from modules.inventory.tests.conftest import StockRoom


@pytest.fixture
def office(stock: StockRoom) -> Any:
    clerk = get_user_model().objects.create_superuser("ada", "ada@example.com", "a long enough passphrase")
    stock.receive("RED-MUG", 5, low=3)
    stock.receive("BLUE-MUG", 2, low=3, limit=2)
    stock.buy("ord_1", BLUE_MUG=3)
    stock.world.client.force_login(clerk)
    return stock.world.client


def fill_in(office: Any, model: str, name: str, pk: object, **fields: object) -> Any:
    """Open a form, fill it in, send it."""
    path = reverse(f"admin:inventory_{model}_{name}", args=[pk])
    form = office.get(path).context["form"]
    hidden = {field.name: field.value() for field in form.hidden_fields()}
    return office.post(path, hidden | fields, follow=True)


class TestWindows:
    @pytest.mark.parametrize("model", ["level", "stockitem", "movement", "reservation"])
    def test_list_and_refuse_to_add(self, office: Any, model: str) -> None:
        listed = office.get(reverse(f"admin:inventory_{model}_changelist"))
        added = office.get(reverse(f"admin:inventory_{model}_add"))

        assert (listed.status_code, added.status_code) == (200, 403)

    @pytest.mark.parametrize("wanted", ["low", "out", "backordered"])
    @pytest.mark.parametrize("model", ["level", "stockitem"])
    def test_filter_what_is_low(self, office: Any, model: str, wanted: str) -> None:
        page = office.get(reverse(f"admin:inventory_{model}_changelist"), {"stock": wanted})

        assert b"BLUE-MUG" in page.content
        assert b"RED-MUG" not in page.content

    def test_show_what_an_order_has(self, office: Any) -> None:
        page = office.get(reverse("admin:inventory_reservation_change", args=["ord_1"]))

        assert b"to arrive" in page.content

    def test_show_a_sku_and_its_levels(self, office: Any) -> None:
        page = office.get(reverse("admin:inventory_stockitem_change", args=["BLUE-MUG"]))

        assert (page.status_code, b"berlin" in page.content) == (200, True)

    @pytest.mark.parametrize("query", ["RED-MUG", "ord_1"])
    def test_search_movements(self, office: Any, query: str) -> None:
        assert office.get(reverse("admin:inventory_movement_changelist"), {"q": query}).status_code == 200


class TestForms:
    def test_adjust_with_a_reason(self, office: Any, stock: StockRoom) -> None:
        level = Level.objects.get(item_id="RED-MUG")

        fill_in(office, "level", "adjust_level", level.pk, change=-2, reason="broken")

        assert stock.level("RED-MUG").on_hand == 3
        assert Movement.objects.filter(reason="broken", actor="ada").count() == 1

    def test_count_only_what_did_not_move(self, office: Any, stock: StockRoom) -> None:
        level = Level.objects.get(item_id="RED-MUG")
        path = reverse("admin:inventory_level_count_level", args=[level.pk])
        form = office.get(path).context["form"]
        hidden = {field.name: field.value() for field in form.hidden_fields()}
        stock.adjust("RED-MUG", 1)

        page = office.post(path, hidden | {"on_hand": 9, "reason": "counted"}, follow=True)

        assert b"not the one expected" in page.content
        assert stock.level("RED-MUG").on_hand == 6

    def test_count(self, office: Any, stock: StockRoom) -> None:
        level = Level.objects.get(item_id="RED-MUG")

        fill_in(office, "level", "count_level", level.pk, on_hand=9, reason="counted")

        assert stock.level("RED-MUG").on_hand == 9

    def test_change_the_policy(self, office: Any, stock: StockRoom) -> None:
        fill_in(office, "stockitem", "change_policy", "RED-MUG", low_stock_threshold=9, backorder_limit=1)

        assert StockItem.objects.get(sku="RED-MUG").backorder_limit == 1
        assert stock.shows("RED-MUG").band == "low_stock"
