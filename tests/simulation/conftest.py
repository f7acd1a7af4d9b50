"""The databases of a play are its own, in memory; the test run's are not touched."""

from collections.abc import Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker


@pytest.fixture
def stage_door(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Let this test play."""
    with django_db_blocker.unblock():
        yield
