"""Three hundred checkouts under faults, in one process and in many: nothing lost, doubled, or parked without cause.

`CHAOS_CHECKOUTS=10000 pytest tests/chaos/test_trials.py`, or `make chaos`, is the long form.
"""

import os
from pathlib import Path

import pytest

from storefront.testing.faults.plan import POINTS
from tests.chaos.trials import trial

CHECKOUTS = int(os.environ.get("CHAOS_CHECKOUTS", "300"))
GAP = "30"
SEEDS = [
    tuple(line.split()) for line in Path(__file__).with_name("seeds.txt").read_text().splitlines()
    if line and not line.startswith("#")
]
IN_ONE_PROCESS = set(POINTS) - {"before call", "after call", "after send"}
REACHABLE = {"monolith": IN_ONE_PROCESS, "all-split": set(POINTS)}
"""Nobody calls, or sends facts to, another process where there is none."""


@pytest.mark.postgresql
class TestTrial:
    @pytest.mark.proves("R1", "R2", "R3", "R8", "I1", "I2", "I3", "I5", "I8", "I9")
    @pytest.mark.withstands("checkout", "payments", "down")
    @pytest.mark.withstands("checkout", "inventory", "down")
    @pytest.mark.withstands("checkout", "cart", "down")
    @pytest.mark.parametrize(("topology", "seed"), SEEDS)
    def test_every_order_is_there_once_and_paid_once(self, tmp_path: Path, topology: str, seed: str) -> None:
        found = trial(tmp_path, topology=topology, seed=seed, checkouts=CHECKOUTS, options=("--gap", GAP))

        assert found.checkouts == CHECKOUTS
        assert found.orders > CHECKOUTS / 2
        assert set(found.faults) >= {"kill", "die", "cut", "skew", "database restart", "database kill"}
        assert found.died_at, "Nobody came to the place where they were to die."
        assert set(found.died_at) <= REACHABLE[topology]
        assert sum(found.died_at.values()) <= found.faults["die"]
        assert found.wire["lost_request"] + found.wire["lost_response"] + found.wire["duplicate"] > 0


@pytest.mark.postgresql
class TestLoss:
    @pytest.mark.proves("R26")
    def test_of_five_in_a_hundred_requests_between_processes_costs_nothing(self, tmp_path: Path) -> None:
        found = trial(
            tmp_path, topology="all-split", seed="5-in-100", checkouts=80, options=("--only", "none", "--loss", "0.05")
        )

        lost = found.wire["lost_request"] + found.wire["lost_response"]
        assert 0.03 < lost / found.wire["requests"] < 0.07


@pytest.mark.postgresql
class TestDatabase:
    @pytest.mark.proves("R8")
    def test_that_is_restarted_and_killed_is_found_again_by_the_same_processes(self, tmp_path: Path) -> None:
        found = trial(
            tmp_path, topology="monolith", seed="restarts", checkouts=160,
            options=("--only", "database restart,database kill", "--loss", "0", "--gap", "40"),
        )

        assert found.faults["database restart"] + found.faults["database kill"] >= 3
        assert (found.died, found.died_at) == ({}, {}), "No process of the shop needed a restart."
        assert max(found.pauses.values()) <= 30, "10 s on a machine that has nothing else to do"
