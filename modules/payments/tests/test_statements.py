"""How many statements a payment costs on PostgreSQL, the bank's and the platform's included."""

from collections.abc import Callable

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from modules.payments.tests.till import Till
from storefront.database.unit import vendor

FRAME = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE SAVEPOINT", "PRAGMA")


def count(work: Callable[[], object]) -> int:
    with CaptureQueriesContext(connections["payments"]) as captured:
        work()
    return sum(not query["sql"].startswith(FRAME) for query in captured.captured_queries)


@pytest.fixture
def budget(pytestconfig: pytest.Config) -> dict[str, int]:
    is_composite = vendor("payments") == "postgresql"  # SQLite takes the steps of each statement one by one
    once = {"authorize": 7, "capture": 6} if is_composite else {"authorize": 12, "capture": 15}
    twice = pytestconfig.getoption("--topology") == "loopback"  # the second answer comes from the key: 2 statements
    return {name: most + 2 * twice for name, most in once.items()}


class TestStatements:
    def test_of_an_authorization(self, till: Till, budget: dict[str, int]) -> None:
        assert count(till.authorize) <= budget["authorize"]

    def test_of_a_capture(self, till: Till, budget: dict[str, int]) -> None:
        payment_id = till.authorize().id

        assert count(lambda: till.capture(payment_id, 1250)) <= budget["capture"]
