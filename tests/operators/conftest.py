"""An operator at work in the back office; imported late, for pytest reads this file before Django is ready."""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from storefront.testing.world import World
    from tests.operators.office import Office


@pytest.fixture
def second_factor_required(settings: Any) -> None:
    """As in production; passwords are hashed quickly."""
    settings.STOREFRONT_SECOND_FACTOR = "required"
    settings.PASSWORD_HASHERS = ["tests.operators.desk.Quick"]


@pytest.fixture
def office(world: "World") -> "Office":
    from tests.operators.office import Office

    return Office(world)


@pytest.fixture
def committed_office(committed_world: "World") -> "Office":
    from tests.operators.office import Office

    return Office(committed_world)
