"""Nobody comes in with a password alone, and nobody by guessing."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client

from storefront import clock
from storefront.home import factor, totp
from storefront.home.attempts import CODE
from storefront.testing.world import World
from tests.operators.desk import CODE as CODE_PAGE
from tests.operators.desk import ENROL, LOGIN, Desk
from tests.operators.office import changes_of, log_of

pytestmark = pytest.mark.usefixtures("second_factor_required")


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk()


def told() -> list[tuple[str, str, str]]:
    return [(entry.operator, entry.action, entry.outcome) for entry in log_of("home")]


@pytest.mark.proves("S8")
class TestAPassword:
    def test_alone_opens_nothing(self, desk: Desk) -> None:
        desk.operator()

        answer = desk.password()

        assert (answer.status_code, answer["location"]) == (302, CODE_PAGE)
        assert not desk.is_in()
        assert "_auth_user_id" not in desk.client.session

    def test_and_a_code_open_the_page_that_was_asked_for(self, desk: Desk) -> None:
        desk.operator()

        desk.password(where=f"{LOGIN}?next=/admin/auth/user/")
        answer = desk.give(desk.code())

        assert (answer.status_code, answer["location"]) == (302, "/admin/auth/user/")
        assert desk.is_in()
        assert told() == [("ada", "sign in", "done")]
        assert changes_of(log_of("home")[0]) == {"address": (None, "192.0.2.1")}

    def test_does_not_lead_to_another_host(self, desk: Desk) -> None:
        desk.operator()

        desk.password(where=f"{LOGIN}?next=https://evil.example/")

        assert desk.give(desk.code())["location"] == "/admin/"

    def test_of_a_session_that_was_opened_otherwise_is_not_enough(self, desk: Desk) -> None:
        desk.client.force_login(desk.operator())

        assert not desk.is_in()
        assert desk.client.get("/admin/auth/user/").status_code == 302

    def test_waits_ten_minutes_for_its_code(self, desk: Desk, world: World) -> None:
        desk.operator()
        desk.password()

        world.clock.advance(minutes=11)

        assert desk.give(desk.code())["location"] == LOGIN
        assert not desk.is_in()

    def test_that_was_changed_meanwhile_no_longer_counts(self, desk: Desk) -> None:
        user = desk.operator()
        desk.password()
        user.set_password("another long passphrase")
        user.save()

        assert desk.give(desk.code())["location"] == LOGIN

    def test_opens_a_session_with_keys_that_nobody_knew(self, desk: Desk) -> None:
        desk.operator()
        desk.client.get(LOGIN)
        desk.client.session.save()
        desk.client.cookies["sessionid"] = "planted0planted0planted0planted0"

        desk.password()
        owing = desk.client.cookies["sessionid"].value
        desk.give(desk.code())
        inside = desk.client.cookies["sessionid"].value

        assert len({"planted0planted0planted0planted0", owing, inside}) == 3
        assert not Session.objects.filter(session_key=owing).exists()


@pytest.mark.proves("S8")
class TestACode:
    def test_counts_once(self, desk: Desk) -> None:
        desk.operator()
        code = desk.code()
        desk.password()
        desk.give(code)
        desk.client.logout()
        desk.password()

        answer = desk.give(code)

        assert answer.status_code == 200
        assert "has been used" in answer.content.decode()
        assert not desk.is_in()

    def test_counts_a_step_early_or_late_and_no_more(self) -> None:
        secret, now = totp.new_secret(), clock.now()
        step = totp.step_at(now)

        found = [totp.step_of(secret, totp.code_of(secret, step + off), now=now) for off in (-2, -1, 0, 1, 2)]

        assert found == [None, step - 1, step, step + 1, None]

    def test_is_what_the_standard_says(self) -> None:
        secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # of RFC 6238, appendix B

        assert [totp.code_of(secret, at // 30) for at in (59, 1111111109, 1234567890, 20000000000)] == [
            "287082", "081804", "005924", "353130",
        ]

    def test_that_is_wrong_five_times_shuts_the_account_also_for_the_right_one(self, desk: Desk, world: World) -> None:
        desk.operator()
        desk.password()
        for _ in range(CODE.most):
            assert desk.give(desk.wrong_code()).status_code == 200

        assert desk.give(desk.code()).status_code == 429
        world.clock.advance(minutes=16)
        desk.password()

        assert desk.give(desk.code()).status_code == 302
        assert desk.is_in()

    def test_is_kept_from_whoever_reads_the_database(self, desk: Desk) -> None:
        user = desk.operator()
        found = factor.factor_of(user)

        assert found
        assert desk.secret not in found.sealed_secret


@pytest.mark.proves("S8")
class TestARecoveryCode:
    def test_stands_in_for_the_device_once(self, desk: Desk) -> None:
        desk.operator()
        desk.password()

        assert desk.give(desk.codes[0].upper().replace("-", " ")).status_code == 302
        assert desk.is_in()

        desk.client.logout()
        desk.password()
        assert desk.give(desk.codes[0]).status_code == 200
        assert ("ada", "use a recovery code", "done") in told()

    def test_is_void_once_new_ones_were_made(self, desk: Desk) -> None:
        desk.operator()
        desk.sign_in()

        page = desk.client.post("/admin/security/", {"codes": "new"}).content.decode()

        fresh = re.findall(r"<code>([a-z2-7-]{19})</code>", page)
        assert len(fresh) == 10
        assert not set(fresh) & set(desk.codes)
        assert factor.accepts(User.objects.get(), desk.codes[1]) == ""
        assert factor.accepts(User.objects.get(), fresh[1]) == "recovery code"


@pytest.mark.proves("S8")
class TestEnrolling:
    def scanned(self, desk: Desk) -> str:
        page = desk.client.get(ENROL).content.decode()
        shown = re.search(r'home-secret">([A-Z2-7 ]+)<', page)
        assert shown
        assert "<svg" in page
        return shown[1].replace(" ", "")

    def test_is_asked_of_who_has_no_device(self, desk: Desk) -> None:
        desk.operator(enrolled=False)
        desk.password()
        assert desk.client.get(CODE_PAGE)["location"] == ENROL
        assert not desk.is_in()

        desk.secret = self.scanned(desk)
        answer = desk.client.post(ENROL, {"code": desk.code()})

        assert len(re.findall(r"<code>[a-z2-7-]{19}</code>", answer.content.decode())) == 10
        assert desk.is_in()
        assert told() == [("ada", "enrol a second factor", "done"), ("ada", "sign in", "done")]

    def test_needs_a_code_of_the_device(self, desk: Desk) -> None:
        desk.operator(enrolled=False)
        desk.password()
        desk.secret = self.scanned(desk)

        answer = desk.client.post(ENROL, {"code": desk.wrong_code()})

        assert answer.status_code == 200
        assert self.scanned(desk) == desk.secret
        assert not desk.is_in()

    def test_is_not_open_to_who_owes_a_code(self, desk: Desk) -> None:
        desk.operator()
        desk.password()

        assert desk.client.get(ENROL)["location"].startswith(CODE_PAGE)
        desk.client.post(ENROL, {"code": desk.code()})
        assert not desk.is_in()

    def test_another_device_needs_the_present_one_at_hand(self, desk: Desk, world: World) -> None:
        desk.operator()
        desk.sign_in()
        assert desk.client.get(ENROL).status_code == 200

        world.clock.advance(minutes=11)

        assert desk.client.get(ENROL)["location"].startswith(CODE_PAGE)

    def test_ends_the_sessions_that_the_old_device_opened(self, desk: Desk) -> None:
        user = desk.operator()
        desk.sign_in()
        assert desk.is_in()

        Desk().enrol(user)

        assert not desk.is_in()

    def test_where_it_is_only_offered_is_no_duty_until_it_is_done(self, desk: Desk, settings: Any) -> None:
        settings.STOREFRONT_SECOND_FACTOR = "offered"
        user = desk.operator(enrolled=False)
        assert desk.password().status_code == 302
        assert desk.is_in()

        desk.enrol(user)

        assert not desk.is_in()

    def test_is_a_duty_for_sessions_of_before_as_well(self, desk: Desk, settings: Any) -> None:
        settings.STOREFRONT_SECOND_FACTOR = "offered"
        desk.operator(enrolled=False)
        desk.password()

        settings.STOREFRONT_SECOND_FACTOR = "required"

        assert not desk.is_in()


@pytest.mark.proves("S9")
class TestSigningOut:
    def test_ends_the_session_for_who_kept_its_key(self, desk: Desk) -> None:
        desk.operator()
        desk.sign_in()
        thief = Client()
        thief.cookies["sessionid"] = desk.client.cookies["sessionid"].value

        desk.client.post("/admin/logout/")

        assert thief.get("/admin/").status_code == 302
        assert told()[-1] == ("ada", "sign out", "done")

    def test_everywhere_ends_those_of_other_browsers(self, desk: Desk, world: World) -> None:
        desk.operator()
        desk.sign_in()
        world.clock.advance(minutes=1)
        other = Desk()
        other.secret = desk.secret
        other.sign_in()
        assert other.is_in()

        desk.client.post("/admin/security/", {"everywhere": "yes"})

        assert not other.is_in()
        assert not desk.is_in()
