"""The toy API, and a client for it."""

import pytest
from django.test import Client

from storefront.rest.tests.asking import Asking

BAKERY = "storefront.rest.tests.bakery"


@pytest.fixture
def bakery(settings: object) -> Asking:
    """The toy API answers under `/api/v1/`."""
    settings.ROOT_URLCONF = BAKERY  # type: ignore[attr-defined]
    return Asking(Client(raise_request_exception=False))
