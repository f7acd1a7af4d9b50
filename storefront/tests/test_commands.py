"""What an operator types."""

import time
from collections.abc import Iterator
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import OperationalError

from storefront.background import Background
from storefront.database.unit import unit_of_work
from storefront.events import publish
from storefront.events.subscription import HANDLERS
from storefront.sagas import start
from storefront.testing.world import World
from storefront.tests.test_sagas import FAULTS, LOG, Cook, Recipe
from storefront.tests.toy import MODULE, FruitPicked


def said(*arguments: str) -> str:
    """What `manage.py` prints."""
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def deaf(world: World) -> Iterator[None]:
    """A subscriber that fails, and a fact that it is owed."""

    def fail(event: FruitPicked) -> None:
        raise RuntimeError(event.fruit)

    HANDLERS[FruitPicked.event_type] = {"cart": [fail]}
    with unit_of_work(MODULE):
        publish(FruitPicked(fruit="FIG", pieces=1))
    yield
    del HANDLERS[FruitPicked.event_type]


class TestEvents:
    def test_shows_requeues_and_drops_dead_letters(self, deaf: None, world: World) -> None:
        for _ in range(11):
            world.settle()
            world.clock.advance(minutes=11)
        letter = apps.get_model(MODULE, "Delivery").objects.get()

        assert "1 owed      1 dead" in said("events", "status")
        assert "RuntimeError: FIG" in said("events", "dead")
        assert said("events", "requeue", MODULE) == "1 deliveries will be tried again.\n"
        with pytest.raises(CommandError, match="no dead delivery"):
            said("events", "drop", MODULE, "--id", str(letter.id))

    def test_replays(self, deaf: None, world: World) -> None:
        assert "1 facts of payments are owed to cart again" in said("events", "replay", MODULE, "cart")

    @pytest.mark.proves("S21")
    def test_of_what_is_sent_again_tells_the_audit_log(self, deaf: None, world: World) -> None:
        said("events", "replay", MODULE, "cart")
        said("events", "resend", MODULE, "cart", "--hours", "2")

        told = apps.get_model(MODULE, "AuditEntry").objects.order_by("id").values_list("action", "detail")
        assert [*told] == [
            ("replay", "1 facts of every type to cart"), ("resend", "0 facts of 2 hours to cart"),
        ]


class TestAnEmptyList:
    @pytest.mark.parametrize("words", [("events", "dead"), ("sagas",), ("staff", "list"), ("apikey", "list")])
    def test_says_that_there_is_none(self, words: tuple[str, ...], world: World) -> None:
        assert said(*words) == "None.\n"


class TestSagas:
    def test_lists_skips_and_refuses_what_it_does_not_know(self, world: World) -> None:
        LOG.clear()
        FAULTS.clear()
        FAULTS["wash up"] = [RuntimeError("no water")] * 9
        with unit_of_work("checkout"):
            run = start(Cook, Recipe(dish="SOUP"), subject="table-1")
        world.settle()

        assert "running at 'wash up'; 1 attempts, RuntimeError: no water" in said("sagas")
        assert said("sagas", "skip", run.id) == f"{run.id}: skip.\n"
        assert said("sagas") == "None.\n"
        with pytest.raises(CommandError, match="No saga"):
            said("sagas", "resume", "sag_nobody")


class TestAudit:
    def test_says_that_the_books_are_in_order(self, world: World) -> None:
        assert said("audit") == "The books are in order.\n"

    def test_fails_with_a_line_per_finding(self, deaf: None, world: World) -> None:
        apps.get_model(MODULE, "Delivery").objects.update(is_dead=True, error="FIG")

        with pytest.raises(CommandError, match="1 findings"):
            said("audit")


class TestBackground:
    def test_does_what_a_commit_left_to_do_and_ends_when_asked(self, committed_world: World) -> None:
        heard: list[str] = []
        HANDLERS[FruitPicked.event_type] = {"cart": [lambda event: heard.append(event.fruit)]}
        background = Background([MODULE])
        background.start()
        try:
            with unit_of_work(MODULE):
                publish(FruitPicked(fruit="FIG", pieces=1))
            for _ in range(200):
                if heard:
                    break
                time.sleep(0.02)
        finally:
            background.stop()
            background.join(5)
            del HANDLERS[FruitPicked.event_type]

        assert heard == ["FIG"]
        assert not background.is_alive()

    def test_works_on_for_a_module_whose_neighbour_is_in_trouble(
        self, committed_world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        asked: list[str] = []

        def is_owing(module: str) -> bool:
            asked.append(module)
            raise OperationalError("closed for writing") if module == "cart" else RuntimeError("a bug")

        monkeypatch.setattr("storefront.background.is_owing", is_owing)
        background = Background(["cart", "catalog"])
        background.start()
        try:
            for _ in range(200):
                if len(asked) >= 2:
                    break
                time.sleep(0.02)
        finally:
            background.end()

        assert asked[:2] == ["cart", "catalog"]
        assert [record.exc_info is None for record in caplog.records[:2]] == [True, False]
        assert not background.is_alive()
