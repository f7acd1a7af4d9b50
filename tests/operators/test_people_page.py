"""Somebody asks what the shop holds of them, or to be forgotten; an operator answers in the back office."""

import json
import logging
import re
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import OperationalError

from modules.checkout.models import Checkout, Order
from storefront.backoffice import chain
from storefront.calls import callee
from storefront.interface import Unavailable
from storefront.personal import everywhere
from storefront.testing.world import World
from storefront.topology import topology
from tests.hostile.books import Books, changed
from tests.journeys.shop import ADDRESS, Shopper, shelve
from tests.living.people import hits
from tests.operators.desk import CODE, Desk
from tests.operators.office import log_of

pytestmark = pytest.mark.usefixtures("second_factor_required")

PAGE, EMAIL = "/admin/personal/person/", "ada@example.org"
PERSON = (EMAIL, ADDRESS["name"], ADDRESS["line1"])
NOTHING = "Nothing is held under this address."
OF_SESSIONS = {"default.django_session"}


@pytest.fixture
def desk(world: World) -> Desk:
    return clerk("Personal data: erase")


@pytest.fixture
def visitor(world: World) -> None:
    """Ada typed her address on the way to an order."""
    shelve(world, "RED-MUG")
    Shopper().checkout(("RED-MUG", 1))


@pytest.fixture
def buyer(world: World) -> Order:
    """Ada bought a mug, which has not left yet."""
    shelve(world, "RED-MUG")
    assert Shopper().buy(("RED-MUG", 1)).status_code in (201, 202)
    world.settle()
    return Order.objects.get()


def clerk(*roles: str, name: str = "grace") -> Desk:
    """Somebody who is signed in and has these roles."""
    found = Desk()
    found.operator(name, is_superuser=False).groups.set(Group.objects.filter(name__in=roles))
    found.sign_in(name)
    return found


def sent(desk: Desk, act: str, email: str = EMAIL, **fields: str) -> Any:
    return desk.client.post(PAGE, {"act": act, "email": email} | fields)


def erased(desk: Desk, email: str = EMAIL) -> Any:
    return sent(desk, "erase", email, confirmation=email)


def said(answer: Any) -> str:
    """The words of a page."""
    assert answer.status_code == 200, answer
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def told() -> list[tuple[str, str, str]]:
    """What the audit log says of people: action, outcome and detail."""
    return [(row.action, row.outcome, row.detail) for row in log_of("home") if row.object_type == "person"]


def away(monkeypatch: pytest.MonkeyPatch, module: str, *acts: str, error: Exception | None = None) -> None:
    """The module does not answer when it is asked this."""
    answered = everywhere._answered

    def answer(question: Any) -> bytes:
        if question.module == module and question.act in acts:
            raise error or Unavailable("connection refused")
        return answered(question)

    monkeypatch.setattr(everywhere, "_answered", answer)


@pytest.mark.proves("S20")
class TestLooking:
    def test_says_how_much_each_module_holds_and_what_would_stay(self, desk: Desk, buyer: Order) -> None:
        page = said(sent(desk, "find"))

        assert re.search(r"Checkout .*orders: 1, .*Erasing leaves: Order \d+ is under way; erase again when", page)
        assert re.search(r"Shipping .*shipments: 1, .*Erasing leaves: Parcel shp_\w+ is under way; erase again", page)
        assert everywhere.pseudonym(EMAIL) in page
        assert ADDRESS["line1"] not in page

    def test_changes_nothing(self, desk: Desk, buyer: Order) -> None:
        books = Books()
        before = books.read()

        sent(desk, "find")
        desk.client.get(PAGE)
        desk.client.get(PAGE, {"act": "erase", "email": EMAIL, "confirmation": EMAIL})

        assert set(changed(before, books.read())) <= OF_SESSIONS
        assert told() == []

    def test_finds_an_address_however_it_was_typed(self, desk: Desk, visitor: None) -> None:
        assert "checkouts: 1" in said(sent(desk, "find", f"  {EMAIL.upper()} "))

    def test_for_somebody_whom_nobody_knows_finds_nothing_to_act_upon(self, desk: Desk) -> None:
        page = said(sent(desk, "find", "nobody@example.org"))

        assert NOTHING in page
        assert "Download" not in page
        assert "Type the address once more" not in page

    @pytest.mark.parametrize("typed", ["", "ada", "ada@", "@example.org", "ada @example.org", "a@b@c", "ada@x\x00y"])
    @pytest.mark.parametrize("act", ["find", "export", "erase", "another"])
    def test_wants_an_address(self, desk: Desk, act: str, typed: str) -> None:
        answer = sent(desk, act, typed, confirmation=typed)

        assert answer.context["form"].errors
        assert said(answer)
        assert told() == []

    def test_shows_what_was_typed_as_text(self, desk: Desk) -> None:
        page = sent(desk, "find", "<script>alert(1)</script>@example.org").content.decode()

        assert "<script>alert" not in page

    def test_names_a_module_that_does_not_answer(
        self, desk: Desk, visitor: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        away(monkeypatch, "shipping", "find")

        page = said(sent(desk, "find"))

        assert "Shipping does not answer." in page
        assert (NOTHING in page, "Download" in page) == (False, False)

    def test_names_a_module_whose_database_is_away(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        away(monkeypatch, "cart", "outline", error=OperationalError("server closed the connection"))

        assert "Cart does not answer." in said(sent(desk, "find"))

    def test_asks_modules_that_run_elsewhere(
        self, desk: Desk, visitor: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        till = topology().processes[0]._replace(name="elsewhere", modules=("till",), url="http://127.0.0.1:9")
        both = topology()._replace(processes=(*topology().processes, till))
        monkeypatch.setattr(everywhere, "topology", lambda: both)

        page = said(sent(desk, "find"))
        callee.forget()

        assert "Till does not answer." in page


@pytest.mark.proves("S20")
class TestTheExport:
    def test_is_a_file_of_all_that_is_held(self, desk: Desk, buyer: Order) -> None:
        answer = sent(desk, "export")

        found = json.loads(answer.content)
        (held,) = found["modules"]["checkout"]["orders"]
        assert (found["subject"], held["id"], held["shipping_address"]["name"]) == (EMAIL, buyer.id, ADDRESS["name"])
        assert re.fullmatch(r'attachment; filename="personal-data-[\d-]+\.json"', answer["Content-Disposition"])
        assert (answer["Content-Type"], "no-store" in answer["Cache-Control"]) == ("application/json", True)

    def test_is_told_in_the_log_by_a_name_that_is_nobodys(self, desk: Desk, visitor: None) -> None:
        sent(desk, "export")

        (row,) = [each for each in log_of("home") if each.object_type == "person"]
        assert (row.operator, row.action, row.outcome) == ("grace", "export personal data", "done")
        assert row.object_id == everywhere.pseudonym(EMAIL)
        assert [place for place in hits(*PERSON) if "_auditentry." in place] == []
        assert list(chain.faults("home")) == []

    def test_is_no_file_while_a_module_does_not_answer(
        self, desk: Desk, visitor: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        away(monkeypatch, "payments", "export")

        answer = sent(desk, "export")

        assert "Payments does not answer." in said(answer)
        assert told() == [("export personal data", "unavailable", "payments does not answer.")]


@pytest.mark.proves("S20", "I4")
class TestErasing:
    def test_forgets_and_says_so_and_leaves_nothing_to_find(self, desk: Desk, visitor: None) -> None:
        page = said(erased(desk))

        assert re.search(r"Erased\. .*Checkout .*rows erased: \d", page)
        assert (hits(*PERSON), Checkout.objects.count()) == ({}, 1)
        assert NOTHING in said(sent(desk, "find"))
        ((action, outcome, detail),) = told()
        assert (action, outcome) == ("erase personal data", "done")
        assert re.fullmatch(r"\d+ rows erased, 0 stay", detail)

    def test_says_what_stays(self, desk: Desk, buyer: Order) -> None:
        page = said(erased(desk))

        assert "Erased, but for what is said to stay." in page
        assert f"Stays: Order {buyer.number} is under way; erase again when it is delivered or canceled." in page
        buyer.refresh_from_db()
        assert buyer.email == EMAIL

    def test_again_is_harmless(self, desk: Desk, visitor: None) -> None:
        erased(desk)

        assert NOTHING in said(erased(desk))

    @pytest.mark.parametrize("typed", ["", "yes", "grace@example.org", EMAIL[:-1]])
    def test_wants_the_address_once_more(self, desk: Desk, visitor: None, typed: str) -> None:
        before = hits(*PERSON)

        page = said(sent(desk, "erase", confirmation=typed))

        assert "The address was not typed again as it is; nothing was erased." in page
        assert "checkouts: 1" in page
        assert (hits(*PERSON), told()) == (before, [])

    def test_takes_it_in_other_letters(self, desk: Desk, visitor: None) -> None:
        sent(desk, "erase", confirmation=f" {EMAIL.upper()} ")

        assert hits(*PERSON) == {}

    def test_begins_nowhere_while_a_module_does_not_answer(
        self, desk: Desk, visitor: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = hits(*PERSON)
        away(monkeypatch, "shipping", "find")

        page = said(erased(desk))

        assert "Shipping does not answer. Nothing is known to be erased in: " in page
        assert all(name in page for name in topology().modules)
        assert hits(*PERSON) == before
        assert told() == [("erase personal data", "unavailable", "0 rows erased, 0 stay; shipping does not answer")]

    def test_that_broke_off_says_where_and_does_the_rest_when_it_is_sent_again(
        self, desk: Desk, visitor: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        away(monkeypatch, "shipping", "erase")

        page = said(erased(desk))

        left = re.search(r"Nothing is known to be erased in: ([\w, ]+)\.", page)
        assert left
        assert {"shipping", "checkout"} <= {*left[1].split(", ")}
        assert "cart" not in left[1]
        assert "checkout_checkout.email" in hits(EMAIL)  # by which the person is found again
        assert "Type the address once more" in page

        monkeypatch.undo()
        assert NOTHING not in said(erased(desk))
        assert hits(*PERSON) == {}
        assert [outcome for _, outcome, _ in told()] == ["unavailable", "done"]

    def test_that_fails_is_told(self, desk: Desk, visitor: None, monkeypatch: pytest.MonkeyPatch) -> None:
        away(monkeypatch, "shipping", "erase", error=ZeroDivisionError())
        desk.client.raise_request_exception = False

        assert erased(desk).status_code == 500

        assert [outcome for _, outcome, _ in told()] == ["failed"]


@pytest.mark.proves("S7", "S20")
class TestTheRight:
    @pytest.mark.parametrize("roles", [(), ("Checkout: work", "Auditor", "Shipping: work")])
    @pytest.mark.parametrize("act", ["find", "export", "erase"])
    def test_is_a_role_of_its_own(self, visitor: None, act: str, roles: tuple[str, ...]) -> None:
        desk, before = clerk(*roles), hits(*PERSON)

        assert desk.client.get(PAGE).status_code == 403
        assert sent(desk, act, confirmation=EMAIL).status_code == 403
        assert hits(*PERSON) == before
        assert PAGE not in desk.client.get("/admin/").content.decode()

    def test_to_export_is_none_to_erase(self, visitor: None) -> None:
        desk, before = clerk("Personal data: export"), hits(*PERSON)

        page = said(sent(desk, "find"))

        assert "You may not erase; the role Personal data: erase may." in page
        assert sent(desk, "export")["Content-Type"] == "application/json"
        assert erased(desk).status_code == 403
        assert hits(*PERSON) == before
        assert [row[:2] for row in told()] == [
            ("export personal data", "done"), ("erase personal data", "forbidden"),
        ]

    def test_leads_there_from_every_page(self, desk: Desk) -> None:
        for path in ("/admin/", PAGE):
            assert f'href="{PAGE}"' in desk.client.get(path).content.decode()
        assert desk.client.get("/admin/personal/")["location"] == PAGE


@pytest.mark.proves("S8", "S20")
class TestASecondFactor:
    @pytest.mark.parametrize("act", ["find", "export", "erase"])
    def test_that_was_given_long_ago_opens_nothing(
        self, desk: Desk, visitor: None, world: World, act: str
    ) -> None:
        before = hits(*PERSON)
        world.clock.advance(minutes=11)

        assert desk.client.get(PAGE)["location"] == f"{CODE}?next=%2Fadmin%2Fpersonal%2Fperson%2F"
        assert sent(desk, act, confirmation=EMAIL)["location"].startswith(CODE)
        assert hits(*PERSON) == before
        forbidden = [] if act == "find" else [(f"{act} personal data", "forbidden")]
        assert [row[:2] for row in told()] == forbidden

        assert desk.give(desk.code(), next=PAGE)["location"] == PAGE
        assert sent(desk, act, confirmation=EMAIL).status_code == 200

    @pytest.mark.parametrize("act", ["find", "export", "erase"])
    def test_that_was_never_given_opens_nothing(self, visitor: None, act: str) -> None:
        desk, before = Desk(), hits(*PERSON)
        desk.operator("grace")
        desk.password("grace")

        assert "login" in desk.client.get(PAGE)["location"]
        assert "login" in sent(desk, act, confirmation=EMAIL)["location"]
        assert (hits(*PERSON), told()) == (before, [])


@pytest.mark.proves("S20")
class TestLogs:
    def test_name_nobody(self, desk: Desk, visitor: None, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)

        for act in ("find", "export", "erase"):
            sent(desk, act, confirmation=EMAIL)

        lines = [f"{each.getMessage()} {vars(each)}" for each in caplog.records if each.name != "django.db.backends"]
        assert [line for line in lines if EMAIL in line] == []
