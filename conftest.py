"""Every test of the repository: which settings, and the platform's own pytest plugin.

Here rather than in pyproject.toml, so that a bare `pytest` finds the plugin too, and the plugin chooses where
test databases live before Django reads its settings.
"""

import os

import django
import pytest
from django.db import connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

pytest_plugins = ["storefront.testing.plugin"]


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Load the apps before any test module is imported."""
    django.setup()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, rather than skip, what is said of the other database: no test of a run is ever skipped."""
    other = "sqlite" if connection.vendor == "postgresql" else "postgresql"
    left_out = [item for item in items if item.get_closest_marker(other)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
