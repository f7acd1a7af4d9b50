"""Fixtures of the payment tests."""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from modules.payments.tests.till import Till
    from modules.payments.tests.troubled import Bank
    from storefront.testing.world import World


@pytest.fixture(autouse=True)
def _impatient(settings: Any) -> None:
    settings.PAYMENT_SANDBOX_PATIENCE_SECONDS = 0


@pytest.fixture
def till(world: "World") -> "Till":
    """A till that is rolled back after the test."""
    from modules.payments.tests.till import Till  # not before Django is set up

    return Till(world)


@pytest.fixture
def open_till(committed_world: "World") -> "Till":
    """A till with real commits, for threads."""
    from modules.payments.tests.till import Till

    return Till(committed_world)


@pytest.fixture
def bank(till: "Till", monkeypatch: pytest.MonkeyPatch) -> "Bank":
    """The till's bank, which can be brought into trouble."""
    from modules.payments.tests.troubled import Bank

    return Bank(monkeypatch)
