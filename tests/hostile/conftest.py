"""The shop under attack, rolled back after each test."""

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
    """Tell how to send the same again."""
    from tests.hostile.pool import COUNT, SEED

    terminalreporter.write_line(f"hostile requests: {COUNT}, HOSTILE_SEED={SEED}")
