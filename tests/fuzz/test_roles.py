"""Everybody sends whatever the OpenAPI document allows, and what it does not: no answer breaks what it promises."""

import sys

import pytest

from storefront.rest import answered, keys
from storefront.testing.world import World
from tests.edge.undone import undone
from tests.fuzz.episode import Episode, Tally
from tests.fuzz.roles import ROLES
from tests.fuzz.run import COUNT, SEED, episodes, write_down
from tests.hostile.document import operations

SHOWN = 10


class TestRole:
    @pytest.mark.proves("R16", "S3", "S4")
    @pytest.mark.parametrize("name", ROLES)
    def test_finds_nothing_that_breaks(self, name: str, world: World) -> None:
        share = COUNT // len(ROLES) + (COUNT % len(ROLES) if name == ROLES[-1] else 0)
        tally = Tally()
        for number, count in episodes(share):
            with undone():
                tally.add(Episode(world, seed=f"{SEED}/{name}/{number}", name=name).run(count))
            _say(f"{name}: {tally.requests} of {share}, {len(tally.wrong)} complaints")
        write_down(name, tally)

        assert not tally.wrong, _report(name, tally)

    @pytest.mark.proves("R16")
    def test_that_may_everything_does_everything(self, world: World) -> None:
        tally, number = Tally(), 0
        while set(operations()) - set(tally.done) and number < 8:
            number += 1
            with undone():
                tally.add(Episode(world, seed=f"everything/{number}", name="everything at once").run(400))

        assert tally.wrong == []
        assert sorted(set(operations()) - set(tally.done)) == []


class TestEpisode:
    """Sees a defect, planted."""

    def test_sees_what_nobody_foresaw(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        episode = Episode(world, seed="planted", name="shopper A")
        monkeypatch.setattr("modules.cart.api.views._shown", lambda cart: 1 / 0)

        found = episode.run(100).wrong

        assert any("500 is not expected here" in each for each in found)
        assert any("it logs" in each for each in found)

    def test_sees_an_answer_that_the_document_does_not_tell_of(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        episode = Episode(world, seed="planted", name="shopper A")
        monkeypatch.setattr("modules.cart.api.views._shown", lambda cart: answered({"id": cart.id, "secret": 1}))

        found = episode.run(100).wrong

        assert any("'secret' was unexpected" in each for each in found)

    def test_sees_a_refusal_that_writes(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        def write(*_: object, **__: object) -> None:
            keys.mint(name="Burglar", scopes=["stock:write"])
            raise keys.unauthenticated("No.")

        episode = Episode(world, seed="planted", name="a guest")
        monkeypatch.setattr("storefront.rest.view.require_scope", write)

        found = episode.run(40).wrong

        assert any("default.rest_apikey has changed" in each for each in found)

    def test_sees_who_is_let_in_without_the_scope(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        episode = Episode(world, seed="planted", name="a key without")
        monkeypatch.setattr("storefront.rest.view.require_scope", lambda machine, scope: None)

        found = episode.run(100).wrong

        assert any("it was let in" in each for each in found)

    def test_is_the_same_again_by_its_seed(self, world: World) -> None:
        sent = []
        for _ in range(2):
            with undone():
                sent.append(Episode(world, seed="again", name="a guest").run(60).kinds)

        assert sent[0] == sent[1]


def _say(line: str) -> None:
    """Progress, where somebody watches a long run."""
    if COUNT > 5_000:
        print(line, file=sys.__stderr__, flush=True)


def _report(name: str, tally: Tally) -> str:
    shown = "\n".join(tally.wrong[:SHOWN])
    return f"{len(tally.wrong)} complaints of {name}, FUZZ_SEED={SEED}; the first are:\n{shown}"
