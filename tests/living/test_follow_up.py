"""Dead letters, stuck deliveries and parked sagas: seen with cause and age, tried again, skipped, and told of."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.urls import reverse

from storefront.calls import identity
from storefront.database.unit import unit_of_work
from storefront.events import replay as history
from storefront.followup import Seen, everywhere, follow_up, matter
from storefront.followup.everywhere import PATH
from storefront.followup.matter import Matter, matters
from storefront.interface import Value
from storefront.sagas import Pivot, Saga, Step, start
from storefront.sagas.runner import PARK_AFTER
from storefront.testing.world import World
from storefront.tests.kitchen import Kitchen, open_kitchen, owed, picked
from storefront.tests.toy import MODULE
from storefront.topology import modules_here, topology
from tests.operators.office import Office, log_of

LIST = f"{MODULE}_delivery"
SAGAS = "checkout_sagarow"


@pytest.fixture
def kitchen(world: World) -> Iterator[Kitchen]:
    with open_kitchen() as kitchen:
        yield kitchen


def dead_letters(world: World, kitchen: Kitchen, *facts: tuple[str, int]) -> list[Any]:
    """Facts of fruit that the kitchen cannot take: the first of each fruit is dead, the rest waits behind it."""
    kitchen.fails_on = {fruit for fruit, _ in facts}
    picked(*facts)
    for _ in range(11):
        world.settle()
        world.clock.advance(minutes=11)
    return list(history.dead(MODULE))


class Laundry(Value):
    """A toy saga's state."""

    id: str


class Fails:
    """A step that fails until it is mended."""

    is_broken = True

    def __call__(self, _state: Laundry, **_: object) -> None:
        if self.is_broken:
            raise RuntimeError("no water")


fails = Fails()


class WashUp(Saga, module="checkout", version=1, state=Laundry):
    steps = (Step("fill the sink", fails, undo=lambda _state, *, key: None), Pivot("wash", lambda _state, *, now: None))


def parked_saga(world: World) -> Any:
    """A saga whose first step has a bug."""
    fails.is_broken = True
    with unit_of_work("checkout"):
        run = start(WashUp, Laundry(id="dishes"), subject="dishes")
    for _ in range(PARK_AFTER + 1):
        world.settle()
        world.clock.advance(minutes=6)
    return apps.get_model("checkout", "SagaRow").objects.get(id=run.id)


@pytest.mark.proves("R22")
class TestADeadLetter:
    def test_is_listed_with_its_cause_its_age_and_what_to_do(
        self, office: Office, kitchen: Kitchen, world: World
    ) -> None:
        letter, = dead_letters(world, kitchen, ("FIG", 1))

        row = office.client.get(reverse(f"admin:{LIST}_changelist"), {"condition": "dead"}).content.decode()
        page = office.open(f"{LIST}_change", letter.pk).content.decode()

        assert "RuntimeError: FIG does not fit." in row
        assert "2 hours" in row
        assert "payments.fruit_picked" in row
        assert "choose Try again in the list" in page

    def test_stands_on_the_dashboard_with_what_waits_behind_it(
        self, office: Office, kitchen: Kitchen, world: World
    ) -> None:
        dead_letters(world, kitchen, ("FIG", 1), ("FIG", 2))

        found = {(each.module, each.title): each.count for each in office.open("index").context["follow_up"].matters}

        assert found == {(MODULE, "Dead letters"): 1, (MODULE, "Stuck deliveries"): 1}

    def test_is_tried_again_by_an_operator(self, office: Office, kitchen: Kitchen, world: World) -> None:
        letter, = dead_letters(world, kitchen, ("FIG", 1), ("FIG", 2))
        kitchen.fails_on = set()

        office.act(LIST, "try_again", letter.pk)
        world.settle()

        assert kitchen.heard == [("FIG", 1), ("FIG", 2)]
        entry, = log_of(MODULE)
        assert (entry.operator, entry.action, entry.outcome) == ("ada", "try_again", "done")
        assert entry.object_id == str(letter.pk)

    def test_is_skipped_after_a_question(self, office: Office, kitchen: Kitchen, world: World) -> None:
        letter, = dead_letters(world, kitchen, ("FIG", 1), ("FIG", 2))
        kitchen.fails_on = set()

        question = office.act(LIST, "skip", letter.pk)
        assert (question.status_code, owed(), log_of(MODULE)) == (200, 2, [])
        assert "payments.fruit_picked of FIG to cart" in question.content.decode()
        office.client.post(
            reverse(f"admin:{LIST}_changelist"), {"action": "skip", "_selected_action": [letter.pk], "sure": "yes"}
        )
        world.settle()

        assert (kitchen.heard, owed()) == ([("FIG", 2)], 0)
        assert [(entry.action, entry.outcome) for entry in log_of(MODULE)] == [("skip", "done")]

    def test_alone_can_be_skipped(self, office: Office, kitchen: Kitchen) -> None:
        picked(("FIG", 1))
        row = apps.get_model(MODULE, "Delivery").objects.get()

        office.act(LIST, "skip", row.pk)

        assert owed() == 1
        entry, = log_of(MODULE)
        assert (entry.outcome, entry.object_id) == ("refused", str(row.pk))

    def test_is_not_touched_by_who_may_only_look(self, office: Office, kitchen: Kitchen, world: World) -> None:
        letter, = dead_letters(world, kitchen, ("FIG", 1))
        looker = User.objects.create_user("looker", is_staff=True)
        looker.user_permissions.add(Permission.objects.get(codename="view_delivery", content_type__app_label=MODULE))
        office.client.force_login(looker)

        office.act(LIST, "try_again", letter.pk)

        assert history.dead(MODULE).count() == 1

    def test_is_mended_by_command_and_that_is_told_too(
        self, kitchen: Kitchen, world: World, capsys: pytest.CaptureFixture[str]
    ) -> None:
        letter, = dead_letters(world, kitchen, ("FIG", 1))
        call_command("events", "dead")
        assert "FIG to cart, for 2 hours, 1 minute: RuntimeError" in capsys.readouterr().out

        call_command("events", "requeue", MODULE, "--id", str(letter.pk))

        entry, = log_of(MODULE)
        assert (entry.action, entry.object_id) == ("requeue", str(letter.pk))
        assert entry.operator.startswith("command line: ")

    def test_is_dropped_by_command_and_that_is_told_too(self, kitchen: Kitchen, world: World) -> None:
        letter, = dead_letters(world, kitchen, ("FIG", 1))

        call_command("events", "drop", MODULE, "--id", str(letter.pk))

        assert owed() == 0
        assert [(entry.action, entry.object_id) for entry in log_of(MODULE)] == [("drop", str(letter.pk))]


class TestAParkedSaga:
    def test_is_listed_with_its_cause_its_step_and_what_to_do(self, office: Office, world: World) -> None:
        row = parked_saga(world)

        listed = office.client.get(reverse(f"admin:{SAGAS}_changelist"), {"condition": "parked"}).content.decode()
        page = office.open(f"{SAGAS}_change", row.pk).content.decode()

        assert "RuntimeError: no water" in listed
        assert "fill the sink" in listed
        assert "It waits for you." in page
        assert [each.title for each in matters(("checkout",))] == ["Parked sagas"]

    def test_goes_on_when_it_is_resumed(self, office: Office, world: World) -> None:
        row = parked_saga(world)
        fails.is_broken = False

        office.act(SAGAS, "resume", row.pk)
        world.settle()

        row.refresh_from_db()
        assert row.status == "done"
        assert [(entry.action, entry.outcome) for entry in log_of("checkout")] == [("resume", "done")]

    @pytest.mark.parametrize(("action", "status"), [("skip", "done"), ("turn_round", "undone")])
    def test_is_moved_after_a_question(self, office: Office, world: World, action: str, status: str) -> None:
        row = parked_saga(world)

        assert office.act(SAGAS, action, row.pk).status_code == 200
        office.client.post(
            reverse(f"admin:{SAGAS}_changelist"), {"action": action, "_selected_action": [row.pk], "sure": "yes"}
        )
        fails.is_broken = False
        world.settle()

        row.refresh_from_db()
        assert row.status == status
        assert [(entry.action, entry.outcome) for entry in log_of("checkout")] == [(action, "done")]

    def test_that_is_over_is_left_alone_and_the_attempt_is_told(self, office: Office, world: World) -> None:
        row = parked_saga(world)
        apps.get_model("checkout", "SagaRow").objects.filter(id=row.id).update(status="done", next_at=None)

        office.client.post(
            reverse(f"admin:{SAGAS}_changelist"), {"action": "skip", "_selected_action": [row.pk], "sure": "yes"}
        )

        assert [(entry.action, entry.outcome) for entry in log_of("checkout")] == [("skip", "refused")]

    def test_is_mended_by_command_and_that_is_told_too(self, world: World) -> None:
        row = parked_saga(world)

        call_command("sagas", "undo", row.id)

        entry, = log_of("checkout")
        assert (entry.action, entry.object_id, entry.outcome) == ("undo", row.id, "done")


class TestTheDocument:
    def test_has_a_row_for_each_entry_and_no_other(self) -> None:
        text = (Path(settings.STOREFRONT_WIRING).parents[1] / "docs" / "operating.md").read_text()
        table = text.partition("| Entry |")[2].partition("\n\n")[0]

        found = {sort.title for module in topology().modules for sort in matter._SORTS.get(module, ())}

        assert set(re.findall(r"^\| ([A-Z][^|]+) \|", table, re.MULTILINE)) == found


class TestTheDashboard:
    def test_says_nothing_where_nothing_waits(self, office: Office) -> None:
        assert "Follow-up" not in office.open("index").content.decode()

    def test_shows_matters_that_modules_declare(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("storefront.followup.matter._SORTS", {})
        follow_up("cart", title="Lost carts", page="cart/cart/", remedy="Look for them.")(lambda: Seen(3))

        page = office.open("index").content.decode()

        assert "Lost carts" in page
        assert "Look for them." in page

    def test_shows_an_operator_the_modules_that_they_may_see(
        self, office: Office, kitchen: Kitchen, world: World
    ) -> None:
        dead_letters(world, kitchen, ("FIG", 1))
        looker = User.objects.create_user("looker", is_staff=True)
        looker.user_permissions.add(Permission.objects.get(codename="view_cart"))
        office.client.force_login(looker)

        assert office.open("index").context["follow_up"].matters == []

    def test_asks_the_other_processes(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        elsewhere = topology().processes[0]._replace(name="elsewhere", modules=("till",), url="http://127.0.0.1:9")
        both = topology()._replace(processes=(*topology().processes, elsewhere))
        monkeypatch.setattr("storefront.followup.everywhere.topology", lambda: both)
        theirs = Matter(module="till", title="Dead letters", count=2, since=None, page="till/", remedy="Read them.")
        monkeypatch.setattr(
            "storefront.followup.everywhere.ask", lambda *_args, **_options: msgspec.json.encode([theirs])
        )

        assert everywhere.everywhere((*modules_here(), "till")).matters == [theirs]

    def test_names_modules_that_do_not_answer(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        nobody = topology().processes[0]._replace(name="elsewhere", modules=("till",), url="http://127.0.0.1:9")
        both = topology()._replace(processes=(*topology().processes, nobody))
        monkeypatch.setattr("storefront.followup.everywhere.topology", lambda: both)

        assert everywhere.everywhere((*modules_here(), "till")).silent == ("till",)

    def test_is_told_to_processes_of_the_shop_only(self, world: World, kitchen: Kitchen) -> None:
        dead_letters(world, kitchen, ("FIG", 1))
        headers = identity.sign("POST", PATH, b"{}")

        signed = world.client.post(PATH, b"{}", content_type="application/json", headers=headers)
        unsigned = world.client.post(PATH, b"{}", content_type="application/json")

        assert [each["title"] for each in json.loads(signed.content)] == ["Dead letters"]
        assert (unsigned.status_code, unsigned.content) == (401, b"")
