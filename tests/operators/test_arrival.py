"""A process that is not home, while home is away or answers oddly."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from storefront.backoffice.stepping_up import FreshFactorNeeded, ask_for_a_fresh_factor
from storefront.calls import callee
from storefront.home import asking
from storefront.home.arrival import Staff, StaffArrives, staff_asked
from storefront.home.asking import about, question
from storefront.home.claim import MachineClaim, StaffClaim, now, signed
from storefront.home.machines import machine_at_home, machines_asked
from storefront.interface import Unavailable
from storefront.rest import throttle
from storefront.rest.fault import Fault
from storefront.topology.plan import Process, Topology

DESK = Process("desk", ("shipping",), "http://127.0.0.1:9", identity=True)
SHOP = Process("shop", ("inventory",), "http://127.0.0.1:9")
SESSION = "abcdefghijklmnopqrstuvwxyz012345"
ADA = {"username": "ada", "full_name": "Ada Lovelace", "is_superuser": False, "permissions": ("inventory.view_level",)}


@pytest.fixture(autouse=True)
def away(settings: Any) -> Iterator[None]:
    settings.STOREFRONT_TOPOLOGY, settings.STOREFRONT_PROCESS = Topology("two", "http", (DESK, SHOP)), SHOP
    yield
    callee.forget()
    staff_asked.forget()
    machines_asked.forget()


def arriving(session: str = SESSION, path: str = "/admin/inventory/level/") -> tuple[HttpRequest, HttpResponse]:
    request = RequestFactory().get(path)
    request.COOKIES["sessionid"] = session
    return request, StaffArrives(lambda _: HttpResponse("in"))(request)


def answering(monkeypatch: pytest.MonkeyPatch, *answers: str | None) -> list[str]:
    """Stand in for home; returns what it was asked."""
    left, asked = list(answers), []

    def answer(path: str, body: bytes) -> str | None:
        asked.append(path)
        return left.pop(0)

    monkeypatch.setattr(asking, "asked", answer)
    return asked


def ada(*, session: str = SESSION, minutes_ago: float | None = None) -> str:
    passed = None if minutes_ago is None else now() - minutes_ago * 60
    facts: dict[str, Any] = ADA | {"second_factor_at": passed}
    return signed(StaffClaim(about=about(question(session=session)), issued_at=now(), **facts))


class TestStaff:
    def test_are_who_home_says_and_may_what_home_says(self, monkeypatch: pytest.MonkeyPatch) -> None:
        answering(monkeypatch, ada())

        user: Any = arriving()[0].user

        assert isinstance(user, Staff)
        assert (str(user), user.get_full_name(), user.get_short_name()) == ("ada", "Ada Lovelace", "Ada")
        assert user.has_perm("inventory.view_level")
        assert not user.has_perms(["inventory.view_level", "inventory.change_level"])
        assert (user.has_module_perms("inventory"), user.has_module_perms("checkout")) == (True, False)

    def test_are_asked_about_once_in_a_while(self, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
        asked = answering(monkeypatch, ada(), ada())
        arriving()
        arriving()
        assert len(asked) == 1

        staff_asked.forget()
        settings.STOREFRONT_CLAIM_SECONDS = 0.0
        arriving()

        assert staff_asked.kept(question(session=SESSION)) is None

    def test_whom_home_does_not_know_are_nobody_and_asked_about_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = answering(monkeypatch, None, ada())

        assert not arriving()[0].user.is_authenticated
        assert arriving()[0].user.is_authenticated
        assert len(asked) == 2

    @pytest.mark.parametrize("session", ["", "short", "x" * 65, "../../etc/passwd", "a b c d e f g h"])
    def test_with_a_cookie_that_is_no_session_are_nobody_unasked(
        self, monkeypatch: pytest.MonkeyPatch, session: str
    ) -> None:
        asked = answering(monkeypatch)

        assert not arriving(session)[0].user.is_authenticated
        assert asked == []

    def test_wait_while_home_is_away(self) -> None:
        _, response = arriving()

        assert (response.status_code, response.headers["Retry-After"]) == (503, "5")

    def test_are_not_asked_about_outside_the_back_office(self) -> None:
        request, response = arriving(path="/somewhere")

        assert (response.status_code, request.user.is_authenticated) == (200, False)

    def test_are_nobody_if_the_answer_is_about_another(self, monkeypatch: pytest.MonkeyPatch) -> None:
        answering(monkeypatch, ada(session="another"))

        assert arriving()[1].status_code == 503


@pytest.mark.proves("S8")
class TestASecondFactor:
    def test_that_is_fresh_where_it_was_given_counts_here(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = answering(monkeypatch, ada(minutes_ago=9))

        ask_for_a_fresh_factor(arriving()[0], "A refund")

        assert len(asked) == 1

    def test_that_is_old_is_asked_about_again_before_somebody_is_sent_away(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = answering(monkeypatch, ada(minutes_ago=11), ada(minutes_ago=0))

        ask_for_a_fresh_factor(arriving()[0], "A refund")

        assert len(asked) == 2

    def test_that_is_old_at_home_too_is_not_enough(self, monkeypatch: pytest.MonkeyPatch) -> None:
        answering(monkeypatch, ada(minutes_ago=11), ada(minutes_ago=11))

        with pytest.raises(FreshFactorNeeded, match="A refund needs a code"):
            ask_for_a_fresh_factor(arriving()[0], "A refund")

    def test_is_not_missing_where_none_is_asked_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        answering(monkeypatch, ada())

        ask_for_a_fresh_factor(arriving()[0], "A refund")

    def test_nobody_vouches_for_while_home_is_away(self, monkeypatch: pytest.MonkeyPatch) -> None:
        answering(monkeypatch, ada(minutes_ago=11))
        request = arriving()[0]

        def silent(*_: object) -> str:
            raise Unavailable("desk does not answer.")

        monkeypatch.setattr(asking, "asked", silent)
        with pytest.raises(PermissionDenied, match="desk"):
            ask_for_a_fresh_factor(request, "A refund")


class TestAMachineThatGuesses:
    def test_is_not_asked_about_once_its_address_has_guessed_too_often(
        self, monkeypatch: pytest.MonkeyPatch, settings: Any
    ) -> None:
        settings.THROTTLES, settings.THROTTLE_RATES = True, {"credentials": "1/hour"}
        throttle.start_afresh()
        asked, request = answering(monkeypatch, None), RequestFactory().get("/")

        for _ in range(3):
            assert machine_at_home(request, "abcdefgh", "0" * 64) is None
            with suppress(Fault):
                throttle.admit(request, "credentials")  # as a view does with a key that nobody knows

        assert len(asked) == 1

    def test_with_a_key_of_the_shop_is_believed_what_home_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        wanted = question(prefix="abcdefgh", secret_hash="0" * 64)
        asked = answering(
            monkeypatch,
            signed(MachineClaim(about=about(wanted), issued_at=now(), name="ERP", scopes=("stock:read",))),
        )

        for _ in range(2):
            machine = machine_at_home(RequestFactory().get("/"), "abcdefgh", "0" * 64)
            assert machine
            assert (machine.name, machine.scopes) == ("ERP", frozenset({"stock:read"}))
        assert len(asked) == 1

    def test_is_no_one_while_home_is_away(self) -> None:
        with pytest.raises(Unavailable, match="desk"):
            machine_at_home(RequestFactory().get("/"), "abcdefgh", "0" * 64)
