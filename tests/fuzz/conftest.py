"""The shop under attack, and the report of all roles."""

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from storefront.testing.world import World
    from tests.hostile.shop import Shop


@pytest.fixture
def shop(world: "World") -> "Shop":
    """A shop with something of every kind."""
    from tests.hostile.shop import opened  # not before Django is set up

    return opened(world)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write the report, and tell how to send the same again."""
    from tests.fuzz import run
    from tests.hostile import pool

    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    terminalreporter.write_line(f"hostile requests: {pool.COUNT}, HOSTILE_SEED={pool.SEED}")
    if list(run.REPORTS.glob("fuzz-*.json")):
        (run.REPORTS / "fuzz.md").write_text(run.report())
        terminalreporter.write_line(
            f"fuzzing: {run.COUNT} requests, FUZZ_SEED={run.SEED}; the report is {run.REPORTS / 'fuzz.md'}"
        )
