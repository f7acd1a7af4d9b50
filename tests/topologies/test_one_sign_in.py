"""Operators sign in once and reach every module's admin; keys are minted once and open every module's API."""

import re
import time
from collections.abc import Callable, Iterator

import pytest

from tests.topologies.premises import Browser, Premises

PASSWORD = "a long enough passphrase"
SOON_SECONDS = 30
LEVELS = "/admin/inventory/level/"
SEED = """
from modules.inventory.interface import Inventory, OpeningLevel
from storefront.interface import connect
level = OpeningLevel(sku="RED-MUG", location="berlin", on_hand=5, low_stock_threshold=0, backorder_limit=0)
connect(Inventory).open_levels(key="seed", levels=(level,))
"""
MAKE_LOOKER = """
from django.contrib.auth.models import Permission, User
looker = User.objects.create_user("looker", password={password!r}, is_staff=True, first_name="Lou")
looker.user_permissions.set(Permission.objects.filter(codename__in=("view_level", "view_auditentry")))
"""
DISMISS = "from django.contrib.auth.models import User; User.objects.filter(username='{}').update(is_active=False)"


@pytest.fixture(scope="module", params=[False, True], ids=["databases apart", "one default database"])
def premises(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    found = Premises(tmp_path_factory.mktemp("premises"), is_shared=request.param)
    found.open()
    try:
        found.manage("stockroom", "shell", "-c", SEED)
        for name in ("ada", "grace"):
            found.manage(
                "desk", "createsuperuser", "--noinput", "--username", name, "--email", "",
                DJANGO_SUPERUSER_PASSWORD=PASSWORD,
            )
        found.manage("desk", "shell", "-c", MAKE_LOOKER.format(password=PASSWORD))
        yield found
    finally:
        found.close()


@pytest.fixture
def browser(premises: Premises) -> Iterator[Browser]:
    found = Browser(premises)
    yield found
    found.close()


def soon(is_so: Callable[[], bool]) -> bool:
    give_up_at = time.monotonic() + SOON_SECONDS
    while not is_so():
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.2)
    return True


class TestAnOperator:
    def test_who_signed_in_once_acts_in_the_other_process_under_their_name(self, browser: Browser) -> None:
        assert browser.sign_in("ada", PASSWORD).status_code == 302

        listed = browser.get(LEVELS)
        page, = set(re.findall(rf"{LEVELS}\d+/change/", listed.text))
        done = browser.submit(page.replace("change", "adjust"), change="3", reason="found")
        after = browser.follow(done).text
        history = browser.get(page.replace("change", "history")).text

        assert (listed.status_code, done.status_code) == (200, 302)
        assert "Done." in after
        for text in ("inventory.adjust", "ada", "found"):
            assert text in history
        assert "adjust level" in browser.get("/admin/inventory/auditentry/").text

    def test_sees_every_module_from_every_process(self, browser: Browser) -> None:
        browser.sign_in("ada", PASSWORD)

        for page in ("/admin/", "/admin/inventory/", "/admin/shipping/shipment/", LEVELS):
            text = browser.get(page).text
            assert 'href="/admin/inventory/level/"' in text, page
        for text in (browser.get("/admin/").text, browser.get(LEVELS).text):
            assert 'href="/admin/shipping/shipment/"' in text
            assert 'href="/admin/auth/user/"' in text

    def test_may_do_there_what_they_are_granted_here(self, browser: Browser) -> None:
        browser.sign_in("looker", PASSWORD)

        page, = set(re.findall(rf"{LEVELS}\d+/change/", browser.get(LEVELS).text))

        assert browser.get(page.replace("change", "adjust")).status_code == 403
        assert browser.get("/admin/inventory/location/").status_code == 403
        assert "/admin/inventory/location/" not in browser.get("/admin/").text

    def test_who_did_not_sign_in_is_sent_to_the_login(self, browser: Browser) -> None:
        answer = browser.get(LEVELS)

        assert answer.status_code == 302
        assert answer.headers["location"].startswith("/admin/login/?next=")
        assert browser.follow(answer).status_code == 200

    def test_who_signs_out_is_out_everywhere(self, browser: Browser) -> None:
        browser.sign_in("ada", PASSWORD)
        assert browser.get(LEVELS).status_code == 200
        session = browser.cookie("sessionid")

        assert browser.submit("/admin/logout/", form_at="/admin/").status_code == 200

        assert soon(lambda: browser.get(LEVELS, cookie=f"sessionid={session}").status_code == 302)

    def test_who_is_dismissed_is_out_everywhere(self, premises: Premises, browser: Browser) -> None:
        browser.sign_in("grace", PASSWORD)
        assert browser.get(LEVELS).status_code == 200

        premises.manage("desk", "shell", "-c", DISMISS.format("grace"))

        assert soon(lambda: browser.get(LEVELS).status_code == 302)

    def test_cannot_sign_in_at_the_other_process(self, premises: Premises, browser: Browser) -> None:
        assert browser.at("stockroom", "/admin/login/").status_code == 421
        assert "desk" in browser.at("stockroom", "/admin/login/").text
        count = "from django.contrib.auth.models import User; print(User.objects.count())"
        known = premises.manage("stockroom", "shell", "-v0", "-c", count).split()[-1]
        assert known == ("3" if premises.is_shared else "0")


class TestAMachine:
    def test_has_one_key_for_every_process_until_it_is_revoked(self, premises: Premises, browser: Browser) -> None:
        said = premises.manage("desk", "apikey", "create", "--name", "ERP", "--scopes", "stock:read")
        key = re.search(r"sk_\S{8}_\S{43}", said)
        assert key

        def asks() -> int:
            status: int = browser.get("/api/v1/stock", authorization=f"Bearer {key[0]}").status_code
            return status

        assert asks() == 200
        premises.manage("desk", "apikey", "revoke", key[0].split("_")[1])
        assert soon(lambda: asks() == 401)

    def test_nobody_knows_is_nobody_anywhere(self, browser: Browser) -> None:
        forged = f"Bearer sk_abcdefgh_{'x' * 43}"

        assert browser.get("/api/v1/stock", authorization=forged).status_code == 401


class TestTheDoorOfHome:
    @pytest.mark.parametrize("path", ["/_identity/staff", "/_identity/machines"])
    def test_is_closed_to_whoever_does_not_sign(self, browser: Browser, path: str) -> None:
        assert browser.post("desk", path, b"{}").status_code == 401
        assert browser.post("stockroom", path, b"{}").status_code == 421
