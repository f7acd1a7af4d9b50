"""The simulator itself: the same seed is the same story, and defects are found."""

import os
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from storefront.testing.simulation.trouble import RATES, Troubles
from tests.simulation.plants import PLANTS, Plant
from tests.simulation.play import simulate

ROOT = Path(__file__).resolve().parents[2]
SEED = 7
WITHIN = 40
"""Seeds that a planted defect may need."""


@pytest.mark.usefixtures("stage_door")
class TestStory:
    def test_is_the_same_for_the_same_seed_in_any_process(self) -> None:
        here = simulate(SEED)

        again = simulate(SEED)
        elsewhere = subprocess.run(
            [sys.executable, "-m", "tests.simulation", "--seed", str(SEED)], cwd=ROOT, capture_output=True, text=True,
            env=os.environ | {"PYTHONHASHSEED": "11"}, check=False,
        )

        assert again.story == here.story
        assert f"digest {here.digest}" in elsewhere.stdout, elsewhere.stderr[-2000:]
        assert elsewhere.returncode == 0

    def test_of_another_seed_is_another(self) -> None:
        assert simulate(SEED).digest != simulate(SEED + 1).digest

    def test_without_troubles_tells_of_none(self) -> None:
        outcome = simulate(SEED, troubles=Troubles({}))

        assert not any(" ! " in line for line in outcome.story)
        assert outcome.orders > 0
        assert outcome.failures == []


class TestSwarm:
    def test_gives_each_seed_a_part_of_the_troubles_and_all_of_them_to_some(self) -> None:
        chosen = [set(Troubles.of(seed).rates) for seed in range(50)]

        assert set.union(*chosen) == set(RATES)
        assert len({frozenset(one) for one in chosen}) > 45

    @pytest.mark.usefixtures("stage_door")
    def test_brings_each_kind_of_trouble_about(self) -> None:
        told: set[str] = set()
        always = Troubles({kind: max(rate, 0.05) for kind, rate in RATES.items()})

        for seed in range(WITHIN):
            always.are_over = False
            story = simulate(seed, troubles=always).story
            told |= {line.split(" ! ")[1].split(":")[0] for line in story if " ! " in line}
            if told == set(RATES):
                break

        assert told == set(RATES)


@pytest.mark.usefixtures("stage_door")
class TestPlanted:
    @pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
    def test_defect_is_found(self, plant: Plant) -> None:
        with plant():
            found = next((seed for seed in count() if seed == WITHIN or is_wrong(seed)), WITHIN)

        assert found < WITHIN


def is_wrong(seed: int) -> bool:
    """Whether a play of this seed ends badly, or not at all."""
    try:
        return bool(simulate(seed).failures)
    except Exception:
        return True
