"""Every test of the repository: which settings, and the platform's own pytest plugin.

Here rather than in pyproject.toml, so that a bare `pytest` finds the plugin too, and the plugin chooses where
test databases live before Django reads its settings.
"""

import os

import django
import pytest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

pytest_plugins = ["storefront.testing.plugin"]


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Load the apps before any test module is imported."""
    django.setup()
