"""Every page of the back office, asked by people who may not: nothing is shown, and nothing changes."""

import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.test import Client

from storefront.testing.statements import counted
from tests.edge.routes import admin_pages
from tests.hostile.books import Books, changed
from tests.hostile.shop import Shop

pytestmark = pytest.mark.sqlite  # rights are the same on every database, and the pages are many

OPEN_TO_STAFF = re.compile(
    r"/admin/(?:|login/|logout/|search/|jsi18n/|password_change/(?:done/)?|second-factor/.*|security/)"
)
"""What belongs to no module: the start page and one's own account."""
SHOWN, REFUSED = (200,), (302, 401, 403, 404, 405)
KEPT_BY_DESIGN = {"default.django_session"}


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Hundreds of refusals are expected, and not worth a line each."""
    caplog.set_level(logging.CRITICAL, logger="django.request")


def someone(name: str, *, is_staff: bool = True, may: str = "") -> Client:
    """A browser that is signed in. may: how the names of the rights begin that its person has."""
    client = Client()
    user = User.objects.create_user(name, is_staff=is_staff)
    if may:
        user.user_permissions.set(Permission.objects.filter(codename__startswith=may))
    client.force_login(user)
    return client


def asked(client: Client) -> Iterator[tuple[str, str, Any]]:
    """Each page, read and written to."""
    for page in admin_pages():
        yield "GET", page, client.get(page)
        yield "POST", page, client.post(page, {"_save": "1", "name": "x", "post": "yes", "action": "delete_selected"})


class TestPages:
    @pytest.mark.proves("S7")
    @pytest.mark.parametrize("who", ["nobody", "a customer"])
    def test_are_closed_to_everybody_else(self, who: str, shop: Shop) -> None:
        client = Client() if who == "nobody" else someone("customer", is_staff=False, may="")
        books = Books()
        before = books.read()

        wrong = [
            (method, page, response.status_code) for method, page, response in asked(client)
            if response.status_code not in REFUSED and page not in ("/admin/login/", "/admin/jsi18n/")
        ]

        assert wrong == []
        assert set(changed(before, books.read())) <= KEPT_BY_DESIGN

    @pytest.mark.proves("S7")
    def test_of_modules_are_closed_to_staff_without_rights(self, shop: Shop) -> None:
        client, books = someone("clerk"), Books()
        before = books.read()

        wrong = [
            (method, page, response.status_code) for method, page, response in asked(client)
            if response.status_code not in REFUSED and not OPEN_TO_STAFF.fullmatch(page)
        ]

        assert wrong == []
        assert set(changed(before, books.read())) <= KEPT_BY_DESIGN

    @pytest.mark.proves("S7")
    def test_change_nothing_for_who_may_only_look(self, shop: Shop) -> None:
        client, books = someone("viewer", may="view_"), Books()
        before = books.read()

        answers = list(asked(client))

        assert len(answers) > 200
        assert {response.status_code for _, _, response in answers} <= {*SHOWN, *REFUSED}
        assert set(changed(before, books.read())) <= KEPT_BY_DESIGN


class TestActions:
    @pytest.mark.proves("S7")
    def test_on_chosen_rows_do_nothing_for_who_may_only_look(self, shop: Shop) -> None:
        client, books, tried = someone("viewer", may="view_"), Books(), 0
        before, wrong = books.read(), []
        for model, page in admin.site._registry.items():
            row: Any = model._default_manager.first()
            for _, name, _ in page._get_base_actions():  # type: ignore[attr-defined]  # not in the stubs
                fields = {"action": name, "_selected_action": [row.pk if row else "1"], "post": "yes"}
                with counted() as statements:
                    client.post(f"/admin/{model._meta.app_label}/{model._meta.model_name}/", fields)
                tried += 1
                if any(not sql.lstrip().upper().startswith("SELECT") for _, sql in statements):
                    wrong += [(page, name, table) for table in changed(before, books.read())]

        assert tried > 20
        assert [found for found in wrong if found[2] not in KEPT_BY_DESIGN] == []
