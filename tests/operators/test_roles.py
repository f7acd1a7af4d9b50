"""A role opens what it names, and nothing besides."""

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from storefront.backoffice.roles import AUDITOR, roles_here
from storefront.home.roles import complete_roles
from storefront.testing.world import World
from storefront.topology import modules_here
from storefront.topology.wiring import wiring
from tests.operators.office import log_of

DJANGOS = ("changelist", "add", "change", "delete", "history")


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Hundreds of refusals are expected, and not worth a line each."""
    caplog.set_level(logging.CRITICAL, logger="django.request")


def holder(role: str) -> Client:
    """Somebody with this role only."""
    client, user = Client(), User.objects.create_user(role.lower().replace(" ", "_")[:100], is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    return client


def pages(model: Any) -> Iterator[tuple[str, str]]:
    """Name and path of each page of a model, with an id of something that there is not."""
    prefix = f"{model._meta.app_label}_{model._meta.model_name}_"
    for pattern in admin.site._registry[model].get_urls():
        if pattern.name:
            filled = dict.fromkeys(pattern.pattern.converters, "1")
            yield pattern.name.removeprefix(prefix), reverse(f"admin:{pattern.name}", kwargs=filled)


def is_open(client: Client, path: str) -> bool:
    """200, or 302 and 404 for what there is not; who may not look is told 403 first."""
    return bool(client.get(path).status_code != 403)


def expected(role: str, model: Any, name: str) -> bool | None:
    """Whether the page opens; None where the page itself says, for instance a download for who may view."""
    rights = set(wiring().roles[role])
    may = {verb: f"{model._meta.app_label}.{verb}_{model._meta.model_name}" in rights for verb in
           ("add", "change", "delete", "view")}
    if name in ("add", "delete"):
        return may[name]
    if name in DJANGOS:
        return may["view"] or may["change"]
    return None if may["view"] and not may["change"] else may["change"] or any(may.values())


@pytest.mark.proves("S7")
class TestEveryRole:
    def test_stands_in_the_wiring_as_the_back_office_says(self) -> None:
        assert roles_here() == wiring().roles

    def test_is_there_for_every_module(self) -> None:
        for module in modules_here():
            assert any(right.startswith(f"{module}.") for right in wiring().roles[AUDITOR])
            readers = [rights for role, rights in wiring().roles.items() if role.endswith(": read")]
            assert any(rights[0].startswith(f"{module}.") for rights in readers)

    @pytest.mark.parametrize("role", sorted(wiring().roles))
    def test_opens_what_it_names_and_nothing_besides(self, world: World, role: str) -> None:
        client = holder(role)
        own = {right.partition(".")[0] for right in wiring().roles[role]}

        wrong = []
        for model in admin.site._registry:
            for name, path in pages(model):
                if model._meta.app_label not in own and name != "changelist":
                    continue  # its list is refused, and so is the rest: that of staff without rights is tried in full
                wanted = expected(role, model, name)
                if wanted is not None and is_open(client, path) is not wanted:
                    wrong.append((path, wanted))

        assert wrong == []

    def test_gives_no_way_to_more_rights(self) -> None:
        granted = {right for rights in wiring().roles.values() for right in rights}

        assert [right for right in granted if right.startswith(("auth.", "rest."))] == []


class TestMigrating:
    def test_makes_the_roles_and_leaves_those_that_somebody_changed(self, world: World) -> None:
        assert set(wiring().roles) <= set(Group.objects.values_list("name", flat=True))
        refunds = Group.objects.get(name="Payments: refunds")
        refunds.permissions.clear()
        Group.objects.get(name=AUDITOR).delete()

        call_command("migrate", "rest", verbosity=0)

        assert Group.objects.filter(name=AUDITOR).exists()
        assert refunds.permissions.count() == 0

    def test_completes_them_by_command_and_tells(self, world: World) -> None:
        refunds = Group.objects.get(name="Payments: refunds")
        refunds.permissions.set([Permission.objects.get(codename="view_order")])
        out = io.StringIO()

        call_command("staff", "roles", stdout=out)

        held = set(refunds.permissions.values_list("codename", flat=True))
        assert held == {"view_order", "view_payment", "change_payment"}
        assert "Payments: refunds: payments.change_payment, payments.view_payment" in out.getvalue()
        assert log_of("home")[-1].object_name == "Payments: refunds"
        assert complete_roles() == {}
