"""No deed of an operator goes untold: each action of a list, each page that acts, each command that changes things."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.core.management import get_commands
from django.urls import reverse

from storefront.backoffice.audited import OWN, Audited
from storefront.backoffice.log import HOME, log_of
from storefront.backoffice.shell import LOOKING, TOLD, told
from storefront.testing.statements import counted
from storefront.testing.world import World
from tests.edge.undone import undone
from tests.hostile.shop import Shop, opened
from tests.operators import office as offices
from tests.operators.office import Office

READING = {"export"}
"""Actions that give the chosen rows as a file."""
ROWLESS = {
    "attribute": "deleted as a category is", "auditentry": "a window",
    "carrierreport": "tests/webhooks/test_operators.py",
    "delivery": "tests/living/test_follow_up.py", "importrun": "a window",
    "message": "modules/webhooks/tests/test_operators.py", "purchaselimit": "deleted as a tax rate is",
    "webhookreceipt": "tests/webhooks/test_operators.py",
}
"""Of what the shop has none of: where its actions are shown to tell."""

FORMS: dict[str, dict[str, object]] = {
    "change_policy": {"low_stock_threshold": 2, "backorder_limit": 0},
    "adjust_level": {"change": 3, "reason": "found"},
    "count_level": {"on_hand": 7, "reason": "counted"},
    "capture_payment": {"amount": "1.00"},
    "refund_payment": {"amount": "1.00", "reason": "goodwill"},
    "void_payment": {},
}
"""Pages of one row that act, and what is typed there."""
ELSEWHERE = {
    "upload": "tells of itself: test_admin of catalog", "password_change": "tells of itself: test_people_page",
    "label": "gives a file",
}

TELLS_OF_ITSELF = {
    "apikey", "carrier_reports", "events", "orders", "payment_webhooks", "personal", "sagas", "staff", "webhooks",
}
"""Commands that write rows with what they did."""
CHANGES_NOTHING = {
    "auditlog", "backup", "export_products", "extract", "migrations", "modules", "sandbox_carrier", "startmodule",
    "topology",
}
"""Of the shop: they read, or write files."""
IS_THE_SHOP = {"demo", "dev", "relay", "runmodule"}
"""They run until they are stopped, and what people do meanwhile is told of people."""
OF_A_RELEASE = {
    "migrate": "a release's deed: django_migrations has the row",
    "restore": "it puts the log itself back to what it was",
}


@pytest.fixture
def shop(world: World) -> Shop:
    """With something of nearly every kind."""
    return opened(world)


def actions() -> Iterator[tuple[Any, str]]:
    """Each model with each action of its list that does something."""
    for model, page in admin.site._registry.items():
        for _, name, _ in page._get_base_actions():  # type: ignore[attr-defined]  # not in the stubs
            if name not in READING:
                yield model, name


def stem_of(model: Any) -> str:
    """How the names of its pages begin."""
    return f"{model._meta.app_label}_{model._meta.model_name}"


def rows_of(model: Any) -> list[Any]:
    """The log that tells of this model's rows."""
    return offices.log_of(log_of(model._meta.app_label))


@pytest.mark.proves("S21")
class TestAnAction:
    def test_of_any_list_leaves_a_row_for_each_that_was_chosen(self, office: Office, shop: Shop) -> None:
        silent, rowless, count = [], set(), 0
        for model, name in actions():
            row = model._default_manager.first()
            if row is None:
                rowless.add(model._meta.model_name)
                continue
            with undone():
                before = len(rows_of(model))
                fields = {"action": name, "_selected_action": [row.pk], "post": "yes", "sure": "yes"}
                with counted() as statements:
                    office.client.post(reverse(f"admin:{stem_of(model)}_changelist"), fields)
                is_told = len(rows_of(model)) > before
            count += is_told
            if not is_told and (name != "delete_selected" or writes(statements)):
                silent.append((model._meta.label_lower, name))

        assert silent == []
        assert rowless == set(ROWLESS)
        assert count > 20

    def test_is_of_a_class_that_tells(self) -> None:
        assert all(isinstance(page, Audited) for page in admin.site._registry.values())


def writes(statements: Any) -> bool:
    """Whether anything was written."""
    return any(not sql.lstrip().upper().startswith(("SELECT", "SAVEPOINT", "RELEASE")) for _, sql in statements)


@pytest.mark.proves("S21")
class TestAPageOfARow:
    def test_that_acts_leaves_a_row(self, office: Office, shop: Shop) -> None:
        silent, seen = [], set()
        for model, page in admin.site._registry.items():
            stem = stem_of(model)
            own = [each.name.removeprefix(f"{stem}_") for each in page.get_urls() if each.name]
            for name in set(own) - OWN - set(ELSEWHERE):
                seen.add(name)
                with undone():
                    row: Any = model._default_manager.first()
                    before = len(rows_of(model))
                    answer = office.fill_in(f"{stem}_{name}", row.pk, **FORMS[name])
                    if len(rows_of(model)) == before:
                        silent.append((name, answer.status_code))

        assert silent == []
        assert seen == set(FORMS)


@pytest.mark.proves("S21")
class TestACommand:
    def test_of_ours_tells_of_itself_is_told_of_or_changes_nothing(self) -> None:
        ours = {name for name, app in get_commands().items() if app.startswith(("storefront", "modules", "config"))}
        known = TELLS_OF_ITSELF | CHANGES_NOTHING | IS_THE_SHOP | set(OF_A_RELEASE) | TOLD

        assert ours - known == set()
        assert not (TELLS_OF_ITSELF | CHANGES_NOTHING) & TOLD

    @pytest.mark.parametrize("name", sorted(TOLD))
    def test_that_does_not_tell_of_itself_is_told_of(self, world: World, name: str) -> None:
        with told(["manage.py", name, *filter(None, [LOOKING.get(name)])]):
            pass

        assert [row.action for row in offices.log_of(HOME)] == [f"manage.py {name}"]
