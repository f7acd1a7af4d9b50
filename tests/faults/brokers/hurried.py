"""`manage.py` and the Celery application of a shop in a hurry, and places where its processes can be held.

Run: `python -m tests.faults.brokers.hurried relay`, or `celery -A tests.faults.brokers.hurried worker`. Leases are
short. A process that comes to a place named in a file `hold-<place>` of HOLDS writes `held-<place>-<pid>` and waits
until the first file is gone; that is where it is killed.
"""

import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from storefront.events import broker, http, inbox, outbox  # noqa: E402
from storefront.events.delivery import Batch, Receipt  # noqa: E402
from tests.faults.brokers.places import ACKNOWLEDGING, HANDLING, SENT, TRUSTING  # noqa: E402

HOLDS = Path(os.environ["HOLDS"])


def _held_after(module: ModuleType, name: str, place: str) -> None:
    function: Callable[..., Any] = getattr(module, name)

    @wraps(function)
    def done(*args: Any, **kwargs: Any) -> Any:
        answer = function(*args, **kwargs)
        _come_to(place)
        return answer

    setattr(module, name, done)


def _come_to(place: str) -> None:
    hold = HOLDS / f"hold-{place}"
    if hold.exists():
        (HOLDS / f"held-{place}-{os.getpid()}").touch()
        while hold.exists():
            time.sleep(0.02)


def _trust_the_broker() -> None:
    """What the broker has taken counts as delivered, as it does for whoever calls `delay()` and forgets."""
    send = broker.send

    def sent(batch: Batch) -> None:
        send(batch)
        done = Receipt(done=batch.delivery_ids)
        outbox.settle(batch.producer, batch.subscriber, done, lease_until=batch.lease_until)

    broker.send = sent


outbox.LEASE = timedelta(seconds=4)
_held_after(inbox, "_handle", HANDLING)  # the transaction is open
_held_after(inbox, "receive", ACKNOWLEDGING)  # it is committed
_held_after(broker, "send", SENT)
_held_after(http, "send", SENT)
if os.environ.get("PLANTED") == TRUSTING:
    _trust_the_broker()

if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
elif os.environ.get("STOREFRONT_BROKER_URL"):
    from config.celery import app  # noqa: F401
