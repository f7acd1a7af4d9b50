"""How many webhook endpoints an owner may have holds for those who are registered at the same moment, too."""

from collections import Counter
from functools import partial
from typing import Any

import pytest

from modules.webhooks.models import Endpoint
from modules.webhooks.services import MOST
from storefront.rest import keys
from tests.races.scene import Scene

TRIES = 2 * MOST


@pytest.mark.proves("S6", "S10")
class TestEndpointsOfOneOwner:
    def test_are_as_many_as_may_be(self, served: Scene) -> None:
        _, key = keys.mint(name="ERP", scopes=["webhooks:write", "orders:read"])
        machines = [served.machine(number, key) for number in range(TRIES)]

        answers = served.rush([partial(register, machine, number) for number, machine in enumerate(machines)])

        assert Counter(answers) == Counter({201: MOST, 409: TRIES - MOST})
        assert Endpoint.objects.count() == MOST


def register(machine: Any, number: int) -> int:
    """The status of the answer."""
    answer = machine.client.post(
        "/api/v1/webhook-endpoints", data=f'{{"url": "https://erp.example/{number}", "events": ["order.placed"]}}',
        content_type="application/json", HTTP_IDEMPOTENCY_KEY=f"register-{number}",
    )
    return int(answer.status_code)
