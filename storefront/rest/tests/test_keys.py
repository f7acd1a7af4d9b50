"""Machine keys."""

import io
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from storefront import clock
from storefront.rest.keys import mint, revoke
from storefront.rest.models import ApiKey
from storefront.rest.tests.asking import Asking, problem_in

LEDGER = "/api/v1/ledger"

pytestmark = pytest.mark.django_db


class TestKey:
    def test_opens_what_its_scopes_name(self, bakery: Asking) -> None:
        _, key = mint(name="ERP", scopes=["orders:read"])

        response = bakery.get(LEDGER, authorization=f"Bearer {key}")

        assert (response.status_code, response.json()) == (200, {"machine": "ERP"})

    def test_lacking_the_scope_is_told_which(self, bakery: Asking) -> None:
        _, key = mint(name="ERP", scopes=["orders:read"])

        told = problem_in(
            bakery.send(LEDGER, authorization=f"Bearer {key}"), status=403, code="insufficient_scope"
        )

        assert told["required_scope"] == "orders:write"

    def test_missing_is_told_with_how_to_send_one(self, bakery: Asking) -> None:
        response = bakery.get(LEDGER)

        problem_in(response, status=401, code="unauthenticated")
        assert response.headers["WWW-Authenticate"].startswith("Bearer")

    @pytest.mark.parametrize("header", [
        "Bearer sk_aaaaaaaa_" + "x" * 43, "Bearer", "Bearer sk_", "Basic dXNlcjpwYXNz", "sk_aaaaaaaa_x", "",
        "Bearer \x7f",
        "Bearer sk_aaaaaaaa_" + "x" * 5_000,
    ])
    def test_that_is_wrong_opens_nothing(self, bakery: Asking, header: str) -> None:
        for path in (LEDGER, "/api/v1/cakes/1"):
            problem_in(bakery.get(path, authorization=header), status=401, code="unauthenticated")

    def test_with_another_secret_opens_nothing(self, bakery: Asking) -> None:
        row, _ = mint(name="ERP", scopes=["orders:read"])

        response = bakery.get(LEDGER, authorization=f"Bearer sk_{row.prefix}_{'x' * 43}")

        problem_in(response, status=401, code="unauthenticated")

    def test_revoked_opens_nothing_from_then_on(self, bakery: Asking) -> None:
        row, key = mint(name="ERP", scopes=["orders:read"])
        bakery.get(LEDGER, authorization=f"Bearer {key}")

        revoke(row.prefix)

        problem_in(bakery.get(LEDGER, authorization=f"Bearer {key}"), status=401, code="unauthenticated")

    def test_is_kept_only_as_a_hash(self) -> None:
        row, key = mint(name="ERP", scopes=["orders:read"])

        stored = str(ApiKey.objects.filter(pk=row.pk).values().get())

        assert key.rpartition("_")[2] not in stored
        assert key.startswith(f"sk_{row.prefix}_")

    def test_tells_its_last_use_once_a_minute(self, bakery: Asking) -> None:
        row, key = mint(name="ERP", scopes=["orders:read"])
        bakery.get(LEDGER, authorization=f"Bearer {key}")
        first = ApiKey.objects.get(pk=row.pk).last_used_at

        bakery.get(LEDGER, authorization=f"Bearer {key}")

        assert first is not None
        assert ApiKey.objects.get(pk=row.pk).last_used_at == first
        ApiKey.objects.filter(pk=row.pk).update(last_used_at=clock.now().replace(year=2020))
        bakery.get(LEDGER, authorization=f"Bearer {key}")
        assert ApiKey.objects.get(pk=row.pk).last_used_at.year > 2020  # type: ignore[union-attr]

    @pytest.mark.parametrize("scopes", [[], ["orders"], ["orders:delete"], ["Orders:read"], ["orders:read "]])
    def test_takes_only_scopes_that_can_be(self, scopes: list[str]) -> None:
        with pytest.raises(ValueError, match="no scope"):
            mint(name="ERP", scopes=scopes)


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("apikey", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue().strip()


class TestCommand:
    def test_makes_lists_and_revokes(self, bakery: Asking) -> None:
        key = run("create", "--name", "ERP", "--scopes", "orders:read,stock:write")

        assert bakery.get(LEDGER, authorization=f"Bearer {key}").status_code == 200
        assert "ERP  orders:read stock:write  last used" in run("list")
        assert key not in run("list")
        assert "revoked" in run("revoke", key[:11])
        assert "revoked" in run("list")

    def test_says_what_it_cannot_do(self) -> None:
        with pytest.raises(CommandError, match="no scope"):
            run("create", "--name", "ERP", "--scopes", "everything")
        with pytest.raises(CommandError, match="no living key"):
            run("revoke", "nobody")


class TestAdmin:
    @pytest.fixture
    def operator(self, settings: Any) -> Client:
        settings.ROOT_URLCONF = "storefront.rest.tests.admin_urls"
        client = Client()
        client.force_login(User.objects.create_superuser("operator", password="RED-MUG"))
        return client

    def test_shows_a_new_key_once(self, operator: Client, bakery: Asking, settings: Any) -> None:
        settings.ROOT_URLCONF = "storefront.rest.tests.admin_urls"
        wanted = {"name": "ERP", "scopes": "orders:read, stock:read"}

        made = operator.post("/admin/rest/apikey/add/", wanted, follow=True)

        row = ApiKey.objects.get()
        assert row.scopes == "orders:read stock:read"
        assert f"sk_{row.prefix}_" in made.content.decode()
        again = operator.get("/admin/rest/apikey/").content.decode()
        assert "shown this once" not in again

    def test_revokes(self, operator: Client) -> None:
        row, _ = mint(name="ERP", scopes=["orders:read"])

        operator.post("/admin/rest/apikey/", {"action": "revoke_keys", "_selected_action": [row.pk]})

        assert ApiKey.objects.get().revoked_at is not None

    def test_refuses_a_wrong_scope(self, operator: Client) -> None:
        response = operator.post("/admin/rest/apikey/add/", {"name": "ERP", "scopes": "everything"})

        assert "is no scope" in response.content.decode()
        assert not ApiKey.objects.exists()
