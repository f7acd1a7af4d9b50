"""What the tests of webhooks stand on. Imported late: this file is read before the apps are loaded."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from modules.webhooks.tests.desk import Desk
    from modules.webhooks.tests.receiver import Receiver
    from storefront.testing.world import World


@pytest.fixture(autouse=True)
def _on_this_machine(settings: Any) -> None:
    settings.WEBHOOK_THREADS = 0
    settings.WEBHOOK_HTTP_TARGETS = True
    settings.WEBHOOK_TARGET_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def desk(world: "World") -> "Desk":
    """The desk of an ERP with a key for everything."""
    from modules.webhooks.tests.desk import Desk

    return Desk(world)


@pytest.fixture
def receiver() -> Iterator["Receiver"]:
    """Somebody who receives webhooks on this machine."""
    from modules.webhooks.tests.receiver import Receiver

    with Receiver() as found:
        yield found
