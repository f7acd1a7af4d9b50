"""A consumer that only remembers having heard: what is measured then is the way there, and the inbox.

Served as `benchmarks.consumer:application`, or worked for as `celery -A benchmarks.consumer worker -Q events.cart`.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from storefront.events import Event  # noqa: E402
from storefront.events.subscription import HANDLERS  # noqa: E402
from storefront.topology import topology  # noqa: E402

PRODUCER, CONSUMER = "payments", "cart"


class FruitCounted(Event, type="payments.fruit_counted", version=1, subject="tree"):
    """A small fact; each tree is a subject of its own."""

    tree: str
    pieces: int


def hear(event: FruitCounted) -> None:
    """Do nothing."""


HANDLERS[FruitCounted.event_type] = {CONSUMER: [hear]}

if topology().events == "celery":
    from config.celery import app  # noqa: F401
else:
    from config.wsgi import application  # noqa: F401
