"""Every change an operator makes has its row in the module's own audit log."""

import json
import re

import pytest
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from modules.checkout.models import TaxRate
from modules.inventory.models import Level, Location
from modules.shipping.models import Lane, Zone
from storefront.calls import stub
from storefront.interface import OutcomeUnknown, Unavailable
from storefront.rest.keys import mint
from storefront.testing.world import World
from tests.operators.office import Office, changes_of, log_of


class TestAForm:
    def test_that_adds_says_who_and_what(self, office: Office) -> None:
        office.send("checkout_taxrate_add", country="DE", region="", tax_class="books", rate_ppm="70000")

        entry = log_of("checkout")[-1]
        assert (entry.operator, entry.operator_name, entry.action, entry.outcome) == (
            "ada", "Ada Lovelace", "add", "done",
        )
        assert (entry.object_type, entry.object_id) == ("taxrate", str(TaxRate.objects.get(tax_class="books").pk))
        assert changes_of(entry)["rate_ppm"] == (None, 70000)
        assert entry.request_id

    def test_that_changes_says_from_what_to_what(self, office: Office) -> None:
        rate = TaxRate.objects.create(country="DE", tax_class="books", rate_ppm=70_000)

        office.save(
            "checkout_taxrate_change", rate.pk, country="DE", region="", tax_class="books", rate_ppm="190000"
        )

        assert changes_of(log_of("checkout")[-1]) == {"rate_ppm": (70_000, 190_000)}

    def test_that_changes_nothing_leaves_no_row(self, office: Office) -> None:
        rate = TaxRate.objects.create(country="DE", tax_class="books", rate_ppm=70_000)

        office.save("checkout_taxrate_change", rate.pk, country="DE", region="", tax_class="books", rate_ppm="70000")

        assert log_of("checkout") == []

    def test_that_is_refused_leaves_no_row(self, office: Office) -> None:
        answer = office.send("checkout_taxrate_add", country="DE", region="", tax_class="books", rate_ppm="many")

        assert answer.status_code == 200
        assert log_of("checkout") == []

    def test_that_deletes_keeps_what_was_there(self, office: Office) -> None:
        rate = TaxRate.objects.create(country="DE", tax_class="books", rate_ppm=70_000)

        office.send("checkout_taxrate_delete", rate.pk, post="yes")

        entry = log_of("checkout")[-1]
        assert (entry.action, entry.object_id) == ("delete", str(rate.pk))
        assert changes_of(entry)["rate_ppm"] == (70_000, None)

    def test_tells_of_the_rows_below(self, office: Office) -> None:
        lane = Lane.objects.first()
        assert lane
        rate = lane.rates.first()
        assert rate
        fields = {
            "zone": lane.zone_id, "method": lane.method_id, "days_min": lane.days_min, "days_max": lane.days_max,
            "rates-TOTAL_FORMS": 1, "rates-INITIAL_FORMS": 1, "rates-0-id": rate.pk, "rates-0-lane": lane.pk,
            "rates-0-currency": rate.currency, "rates-0-starts_at": rate.starts_at,
            "rates-0-price_minor": rate.price_minor + 1,
            "rates-0-free_over_minor": "" if rate.free_over_minor is None else rate.free_over_minor,
        } | ({"rates-0-price_includes_tax": "on"} if rate.price_includes_tax else {})
        Lane.objects.exclude(pk=lane.pk).delete()
        lane.rates.exclude(pk=rate.pk).delete()

        answer = office.save("shipping_lane_change", lane.pk, **fields)

        assert answer.status_code == 302, answer.context["errors"]
        (name, change), = changes_of(log_of("shipping")[-1]).items()
        assert name.endswith("price_minor")
        assert change == (rate.price_minor, rate.price_minor + 1)

    def test_and_its_row_are_one_commit(self, committed_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        def fall_over(*_: object, **__: object) -> None:
            raise RuntimeError("planted")

        monkeypatch.setattr("storefront.backoffice.log.write", fall_over)
        with pytest.raises(RuntimeError, match="planted"):
            committed_office.send("inventory_location_add", code="paris", name="Paris", priority="7")

        assert not Location.objects.filter(code="paris").exists()


class TestDeletingChosenRows:
    def test_leaves_a_row_for_each(self, office: Office) -> None:
        one, two = (Zone.objects.create(code=code, name=code, countries="DE") for code in ("one", "two"))

        office.client.post(reverse("admin:shipping_zone_changelist"), {
            "action": "delete_selected", "_selected_action": [one.pk, two.pk], "post": "yes",
        })

        told = [(entry.action, entry.object_id) for entry in log_of("shipping")]
        assert sorted(told) == sorted([("delete", str(one.pk)), ("delete", str(two.pk))])


class TestACommand:
    def test_is_told_with_what_it_was_given(self, office: Office) -> None:
        level = office.stock("RED-MUG", 5)

        office.fill_in("inventory_level_adjust_level", level.pk, change="3", reason="found")

        entry, = log_of("inventory")
        assert (entry.action, entry.command, entry.outcome) == ("adjust_level", "inventory.adjust", "done")
        assert (entry.object_type, entry.object_id) == ("level", str(level.pk))
        assert changes_of(entry)["change"] == (None, 3)
        assert changes_of(entry)["on_hand"] == (5, 8)
        assert Level.objects.get(pk=level.pk).on_hand == 8

    def test_is_told_when_it_is_refused(self, office: Office) -> None:
        level = office.stock("RED-MUG", 5)

        office.fill_in("inventory_level_adjust_level", level.pk, change="-9", reason="lost")

        entry, = log_of("inventory")
        assert (entry.outcome, entry.object_id) == ("refused", str(level.pk))
        assert "RED-MUG" in entry.detail
        assert Level.objects.get(pk=level.pk).on_hand == 5

    def test_sent_twice_is_told_once(self, office: Office) -> None:
        level = office.stock("RED-MUG", 5)
        path = reverse("admin:inventory_level_adjust_level", args=[level.pk])
        form = office.client.get(path).context["form"]
        fields = {"key": form["key"].value(), "change": "3", "reason": "found"}

        for _ in range(2):
            office.client.post(path, fields)

        assert [entry.outcome for entry in log_of("inventory") if entry.command] == ["done"]

    @pytest.mark.parametrize(("error", "outcome"), [(Unavailable, "unavailable"), (OutcomeUnknown, "unknown")])
    def test_without_an_answer_is_told_as_an_attempt(
        self, office: Office, monkeypatch: pytest.MonkeyPatch, error: type[Exception], outcome: str
    ) -> None:
        level = office.stock("RED-MUG", 5)

        def lost(*_: object) -> None:
            raise error("The line is dead.")

        monkeypatch.setattr(stub, "call", lost)
        office.fill_in("inventory_level_adjust_level", level.pk, change="3", reason="found")

        entry, = log_of("inventory")
        assert (entry.outcome, entry.detail) == (outcome, "The line is dead.")

    def test_and_its_row_are_one_commit(self, committed_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        level = committed_office.stock("RED-MUG", 5)

        def fall_over(*_: object, **__: object) -> None:
            raise RuntimeError("planted")

        monkeypatch.setattr("storefront.backoffice.log.write", fall_over)
        with pytest.raises(RuntimeError, match="planted"):
            committed_office.fill_in("inventory_level_adjust_level", level.pk, change="3", reason="found")

        assert Level.objects.get(pk=level.pk).on_hand == 5

    def test_that_is_forbidden_is_told(self, office: Office) -> None:
        level = office.stock("RED-MUG", 5)
        looker = User.objects.create_user("looker", is_staff=True)
        looker.user_permissions.add(Permission.objects.get(codename="view_level"))
        office.client.force_login(looker)

        answer = office.client.post(reverse("admin:inventory_level_adjust_level", args=[level.pk]), {"change": "3"})

        assert answer.status_code == 403
        entry, = log_of("inventory")
        assert (entry.operator, entry.outcome, entry.object_id) == ("looker", "forbidden", str(level.pk))

    def test_is_found_by_the_link_that_the_page_shows(self, office: Office) -> None:
        office.stock("RED_2FMUG/L", 5)
        page = office.client.get(reverse("admin:inventory_stockitem_change", args=[quote("RED_2FMUG/L")]))
        link = re.search(r'href="([^"]+/policy/)"', page.content.decode())
        assert link
        form = office.client.get(link[1]).context["form"]
        policy = {"low_stock_threshold": "2", "backorder_limit": "0", "key": form["key"].value()}

        assert office.client.post(link[1], policy).status_code == 302

        entry, = log_of("inventory")
        assert (entry.object_id, entry.outcome) == ("RED_2FMUG/L", "done")

    def test_of_nobody_with_a_name_is_not_told(self, office: Office) -> None:
        level = office.stock("RED-MUG", 5)

        answer = Client().post(reverse("admin:inventory_level_adjust_level", args=[level.pk]), {"change": "3"})

        assert answer.status_code == 302
        assert log_of("inventory") == []


class TestAMachine:
    def patch(self, world: World, token: str, on_hand: int) -> int:
        headers = {"authorization": f"Bearer {token}", "if-match": "*"}
        body = json.dumps({"on_hand": on_hand, "reason": "counted"})
        answer = world.client.patch(
            "/api/v1/stock/RED-MUG/berlin", body, content_type="application/json", headers=headers
        )
        return answer.status_code

    def test_that_uses_its_scope_is_told_as_an_operator_is(self, office: Office) -> None:
        office.stock("RED-MUG", 5)
        row, token = mint(name="ERP", scopes=["stock:write", "stock:read"])

        assert self.patch(office.world, token, 9) == 200

        entry, = log_of("inventory")
        assert (entry.operator, entry.operator_name) == (f"sk_{row.prefix}", "ERP")
        assert (entry.action, entry.command) == ("PATCH /api/v1/stock/RED-MUG/berlin", "inventory.count")
        assert (entry.object_id, changes_of(entry)["on_hand"]) == ("RED-MUG", (5, 9))

    def test_that_only_reads_is_not_told(self, office: Office) -> None:
        office.stock("RED-MUG", 5)
        _, token = mint(name="ERP", scopes=["stock:read"])

        answer = office.world.client.get("/api/v1/stock", headers={"authorization": f"Bearer {token}"})

        assert answer.status_code == 200
        assert log_of("inventory") == []


class TestReading:
    def test_the_log_is_a_window(self, office: Office) -> None:
        level = office.stock("RED-MUG", 5)
        office.fill_in("inventory_level_adjust_level", level.pk, change="3", reason="found")
        entry, = log_of("inventory")

        listed = office.open("inventory_auditentry_changelist").content.decode()
        shown = office.open("inventory_auditentry_change", entry.pk).content.decode()

        assert "ada (Ada Lovelace)" in listed
        assert reverse("admin:inventory_level_change", args=[level.pk]) in listed
        assert "inventory.adjust" in shown
        assert office.open("inventory_auditentry_add").status_code == 403
        assert office.send("inventory_auditentry_change", entry.pk, operator="mallory").status_code == 403
        assert office.send("inventory_auditentry_delete", entry.pk, post="yes").status_code == 403
        office.act("inventory_auditentry", "delete_selected", entry.pk)
        assert [each.operator for each in log_of("inventory") if each.command] == ["ada"]

    def test_the_history_of_an_object_is_its_rows(self, office: Office) -> None:
        level, other = office.stock("RED-MUG", 5), office.stock("BLUE-MUG", 5)
        office.fill_in("inventory_level_adjust_level", level.pk, change="3", reason="found in the cellar")

        page = office.open("inventory_level_history", level.pk).content.decode()
        others = office.open("inventory_level_history", other.pk).content.decode()

        for text in ("adjust level", "Ada Lovelace", "found in the cellar", "inventory.adjust"):
            assert text in page
        assert "No operator has changed it." in others

    def test_the_history_is_for_those_who_may_see_the_object(self, office: Office) -> None:
        level = office.stock("RED-MUG", 5)
        office.client.force_login(User.objects.create_user("stranger", is_staff=True))

        assert office.open("inventory_level_history", level.pk).status_code == 403
