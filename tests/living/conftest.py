"""An operator at work in a shop that lives on; imported late, for pytest reads this file before Django is ready."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from storefront.testing.world import World
    from tests.operators.office import Office


@pytest.fixture
def office(world: "World") -> "Office":
    from tests.operators.office import Office

    return Office(world)
