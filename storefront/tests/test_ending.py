"""Connections end with their thread: no garbage collector is waited for."""

import gc
import threading
from collections.abc import Iterator

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper


@pytest.fixture
def _uncollected() -> Iterator[None]:
    """Nothing that is in a circle goes by itself."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_uncollected")
@pytest.mark.django_db
class TestAThreadThatEnds:
    def test_closes_what_it_opened(self) -> None:
        opened: list[BaseDatabaseWrapper] = []

        def work() -> None:
            connections["default"].ensure_connection()
            opened.append(connections["default"])

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

        assert [each.connection for each in opened] == [None]

    def test_leaves_those_of_others_open(self) -> None:
        connections["default"].ensure_connection()

        def work() -> None:
            connections["default"].ensure_connection()

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

        assert connections["default"].is_usable()
