"""Days of a shop under faults at every commit and call: whatever the seed, the evening's books are right."""

import os
from pathlib import Path

import pytest

from tests.simulation.play import simulate

FIRST = int(os.environ.get("SIMULATION_FROM", "0"))
COUNT = int(os.environ.get("SIMULATION_SEEDS", "50"))
FOUND_BEFORE = Path(__file__).with_name("found.txt").read_text().splitlines()
FOUND = [int(line.split()[0]) for line in FOUND_BEFORE if line[:1].isdigit()]
SEEDS = sorted({*range(FIRST, FIRST + COUNT), *FOUND})


@pytest.mark.proves("R1", "R2", "R3", "R4", "R5", "R7", "R11", "R15")
@pytest.mark.proves("I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9")
@pytest.mark.usefixtures("stage_door")
@pytest.mark.rival("saleor#17086", "saleor#12304", "saleor#12495", "medusa#4089", "saleor#10925")
class TestDay:
    @pytest.mark.parametrize("seed", SEEDS)
    def test_ends_with_right_books(self, seed: int) -> None:
        outcome = simulate(seed)

        assert outcome.failures == [], "\n".join([outcome.troubles, *outcome.story[-200:]])
