"""The databases of a play are its own, in memory; the test run's are not touched."""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def stage_door(django_db_blocker: Any) -> Iterator[None]:
    """Let this test play."""
    with django_db_blocker.unblock():
        yield
