"""The books, checked: each module against itself, and the highest against what the others say."""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps

from storefront.events.replay import dead
from storefront.topology import has_sagas, modules_here


def findings() -> Iterator[tuple[str, str]]:
    """(module, what is wrong) for every defect found; nothing if the books are in order.

    A module's own checks are the function `audit()` of its `audit.py`.
    """
    for module in modules_here():
        name = f"modules.{module}.audit"
        if find_spec(name):
            yield from ((module, finding) for finding in import_module(name).audit())
        yield from ((module, finding) for finding in _of_the_platform(module))


def _of_the_platform(module: str) -> Iterator[str]:
    for letter in dead(module):
        yield f"Delivery {letter.id} of {letter.event_id} to {letter.subscriber} is dead: {letter.error}"
    if has_sagas(module):
        for row in apps.get_model(module, "SagaRow").objects.filter(status="parked"):
            yield f"Saga {row.id} of {row.subject} is parked: {row.error}"
        stuck = apps.get_model(module, "SagaRow").objects.filter(status__in=("running", "undoing"), next_at=None)
        for row in stuck:
            yield f"Saga {row.id} of {row.subject} is {row.status} and not scheduled."
