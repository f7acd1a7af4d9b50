"""Journeys hold in every topology."""

import pytest


def pytest_itemcollected(item: pytest.Item) -> None:
    """Each test of this folder is one."""
    item.add_marker("journey")
