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
    """Leave out, rather than skip, what cannot be asked here: no test of a run is ever skipped."""
    left_out = [item for item in items if _is_of_another_place(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def _is_of_another_place(item: pytest.Item) -> bool:
    """Whether it is said of the other database, or of sample files that lie outside the repository and not here."""
    other = "sqlite" if connection.vendor == "postgresql" else "postgresql"
    lacks_samples = any(
        str(mark.kwargs.get("reason", "")).startswith("got empty parameter set") for mark in item.iter_markers("skip")
    )
    return lacks_samples or item.get_closest_marker(other) is not None
