"""Secrets come from the environment, change while the shop is open, and stand nowhere in the repository."""

import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from storefront.home import factor
from storefront.home.checks import check_second_factor, check_that_it_is_required
from storefront.home.models import SecondFactor
from storefront.rest.keys import machine_here, mint, prefix_in
from storefront.rest.models import ApiKey
from storefront.sealing import CannotOpen, opened, sealed, sealed_anew
from storefront.testing.world import World
from tests.operators.desk import Desk
from tests.operators.office import log_of

ROOT = Path(__file__).resolve().parents[2]
OLD, NEW = "the key of last year, long enough for anybody", "the key of this year, long enough for anybody"


@pytest.fixture(autouse=True)
def quick(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["tests.operators.desk.Quick"]


@pytest.mark.proves("S18")
class TestTheSecretKey:
    def test_is_rotated_while_operators_stay_signed_in(self, world: World, settings: Any) -> None:
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD, []
        desk = Desk()
        desk.operator()
        desk.sign_in()
        assert desk.is_in()

        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD]
        assert desk.is_in()

        settings.SECRET_KEY_FALLBACKS = []
        assert desk.is_in()  # the first request under both keys has signed the session anew

    def test_that_is_gone_ends_the_sessions_that_it_signed(self, world: World, settings: Any) -> None:
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD, []
        desk = Desk()
        desk.operator()
        desk.sign_in()

        settings.SECRET_KEY = NEW

        assert not desk.is_in()

    def test_is_rotated_between_a_password_and_its_code(self, world: World, settings: Any) -> None:
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD, []
        settings.STOREFRONT_SEALING_KEYS = [OLD]
        desk = Desk()
        desk.operator()
        desk.password()

        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD]

        desk.give(desk.code())
        assert desk.is_in()


@pytest.mark.proves("S18", "S20")
class TestSealingKeys:
    def test_are_rotated_while_operators_sign_in(self, world: World, settings: Any) -> None:
        settings.STOREFRONT_SEALING_KEYS = [OLD]
        desk = Desk()
        user = desk.operator()

        settings.STOREFRONT_SEALING_KEYS = [NEW, OLD]
        assert factor.accepts(user, desk.code()) == "code"
        call_command("staff", "reseal", stdout=io.StringIO())

        settings.STOREFRONT_SEALING_KEYS = [NEW]
        world.clock.advance(minutes=1)
        assert factor.accepts(user, desk.code()) == "code"

    def test_that_are_gone_open_nothing(self, settings: Any) -> None:
        settings.STOREFRONT_SEALING_KEYS = [OLD]
        text = sealed("a secret", purpose="a test")
        assert "a secret" not in text

        with pytest.raises(CannotOpen):
            opened(text, purpose="another purpose")
        settings.STOREFRONT_SEALING_KEYS = [NEW]
        with pytest.raises(CannotOpen, match="No present key opens this a test"):
            sealed_anew(text, purpose="a test")

    def test_are_not_in_the_database(self, world: World) -> None:
        desk = Desk()
        desk.operator()

        assert desk.secret not in SecondFactor.objects.get().sealed_secret

    def test_are_long_and_the_second_factor_is_required(self, settings: Any) -> None:
        settings.STOREFRONT_SECOND_FACTOR, settings.STOREFRONT_SEALING_KEYS = "maybe", ["short"]

        assert [found.id for found in check_second_factor()] == ["storefront.E021", "storefront.E022"]
        assert [found.id for found in check_that_it_is_required()] == ["storefront.W021"]


@pytest.mark.proves("S18")
class TestALeakedApiKey:
    @pytest.mark.parametrize("shown", [
        "{key}", "sk_{prefix}", "GET /api/v1/orders Authorization: Bearer {key} 200", "sk_{prefix}_{rest}...",
    ])
    def test_is_found_by_what_leaked_and_ended_at_once(self, world: World, shown: str) -> None:
        row, key = mint(name="ERP", scopes=["orders:read"])
        mint(name="Other", scopes=["orders:read"])
        found = shown.format(key=key, prefix=row.prefix, rest=key.split("_", 2)[2][:5])
        out = io.StringIO()

        call_command("apikey", "find", found, stdout=out)
        call_command("apikey", "revoke", found, stdout=io.StringIO())

        assert out.getvalue().startswith(f"sk_{row.prefix}_…  ERP  orders:read")
        assert world.client.get("/api/v1/orders", headers={"authorization": f"Bearer {key}"}).status_code == 401
        assert [(entry.action, entry.object_name) for entry in log_of("home")] == [("revoke", str(row))]
        assert ApiKey.objects.filter(revoked_at=None).count() == 1

    def test_is_found_in_the_back_office(self, world: World) -> None:
        row, key = mint(name="ERP", scopes=["orders:read"])
        mint(name="Kiosk", scopes=["orders:read"])
        client = Client()
        client.force_login(User.objects.create_superuser("ada"))

        page = client.get(reverse("admin:rest_apikey_changelist"), {"q": f"Bearer {key}"}).content.decode()

        assert f"sk_{row.prefix}_" in page
        assert "Kiosk" not in page

    def test_of_nobody_is_told_so(self, world: World) -> None:
        with pytest.raises(CommandError, match="No key of this shop"):
            call_command("apikey", "find", "sk_aaaaaaaa_x")

    def test_has_a_successor_before_it_ends(self, world: World) -> None:
        old, new = (mint(name="ERP", scopes=["orders:read"]) for _ in range(2))

        assert prefix_in(old[1]) != prefix_in(new[1])
        for row, _ in (old, new):
            assert machine_here(row.prefix, row.secret_hash)


PLANTED = "sk_" + "abcdefgh" + "_" + "Zq3xW0v9LkPm2nB7cD5fG8hJ1sT4uY6rE_aQ-iOwXyz"
OURS = r"sk_[a-z2-9]{8}_[A-Za-z0-9_-]{43}|whsec_[A-Za-z0-9+/]{32,}|-----BEGIN [A-Z ]*PRIVATE KEY-----|AKIA[0-9A-Z]{16}"
SHOW = """
from django.conf import settings as s
print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.DEBUG, s.STOREFRONT_SECOND_FACTOR)
"""
FOLDERS = ("config", "deploy", "docs", "modules", "storefront", "tests")
NO_TEXT = frozenset({".pyc", ".png", ".jpg", ".webp"})
OF_CHANCE = 20
"""Different characters that a key of chance has at least; examples in texts have fewer."""


def secrets_in(text: str) -> list[str]:
    return [found for found in re.findall(OURS, text) if len(set(found)) >= OF_CHANCE or "PRIVATE" in found]


@pytest.mark.proves("S18", "S22")
class TestTheRepository:
    def test_has_no_secret_in_its_files(self) -> None:
        files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
        texts = {path: path.read_text(errors="replace") for path in files if path.suffix not in NO_TEXT}
        found = [(str(path), secret) for path, text in texts.items() for secret in secrets_in(text)]

        assert found == []

    def test_has_no_secret_in_its_history(self) -> None:
        if not (ROOT / ".git").exists() or shutil.which("git") is None:
            return  # a tree without a history has none to hide
        said = subprocess.run(
            ["git", "log", "--all", "-p", "--no-color", "--format=%h", "-G", "sk_[a-z2-9]{8}_[A-Za-z0-9_-]{43}|whsec_"],
            cwd=ROOT, capture_output=True, check=True, text=True, errors="replace",
        ).stdout
        added = "\n".join(line for line in said.splitlines() if line.startswith("+"))

        assert secrets_in(added) == []

    def test_would_show_one(self) -> None:
        assert secrets_in(f"key = {PLANTED!r}") == [PLANTED]
        assert secrets_in("sk_aaaaaaaa_" + "x" * 43) == []

    @pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
    def test_pins_whatever_it_runs_on(self, name: str) -> None:
        lines = [line for line in (ROOT / name).read_text().splitlines() if line and not line.startswith(("#", "-r "))]

        assert lines
        assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+(?:\[[a-z,]+\])?==[0-9][\w.]*", line)] == []

    def test_has_no_default_that_opens_a_shop(self, tmp_path: Path) -> None:
        """In production nothing is silent: whoever sets all that is documented is told of nothing."""
        keys = {name: (name[0].lower() + "x9-Qv_3z") * 8 for name in ("SECRET_KEY", "SEALING")}
        production = {
            "PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "SECRET_KEY": keys["SECRET_KEY"], "HTTPS": "true",
            "STOREFRONT_SEALING_KEYS": keys["SEALING"], "ALLOWED_HOSTS": "shop.example", "TRUSTED_PROXIES": "1",
            "CSRF_TRUSTED_ORIGINS": "https://shop.example", "PYTHONWARNINGS": "ignore",
            "DATABASE_URL": "", "STOREFRONT_BACKGROUND": "none",
        }

        def manage(*words: str) -> str:
            done = subprocess.run(
                [sys.executable, "manage.py", *words], cwd=ROOT, env=production, capture_output=True, text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            return done.stdout

        assert "no issues" in manage("check", "--deploy", "--fail-level", "INFO")
        assert manage("shell", "-v0", "-c", SHOW).split() == [
            "__Host-sessionid", "__Host-csrftoken", "True", "False", "required",
        ]
        assert not (tmp_path / "secret_key").exists()
