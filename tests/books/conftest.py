"""A shop that has sold something, for books that are then spoilt."""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from storefront.testing.world import World
    from tests.books.sold import Sold


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    from storefront.audit import pages

    monkeypatch.setattr(pages, "LOOK_AGAIN_AFTER_S", 0)
    settings.PAYMENT_SANDBOX_PATIENCE_SECONDS = 0


@pytest.fixture
def sold(world: "World") -> "Sold":
    """Two mugs were bought, paid and packed; an hour has passed."""
    from tests.books.sold import Sold  # not before Django is set up

    return Sold(world)
