"""Announcing a fact: it joins the transaction at hand and is written with it, or not at all."""

from storefront.database.unit import current_unit
from storefront.events.event import Event


def publish(event: Event) -> None:
    """Announce `event` if and when the present transaction commits.

    :raises NoUnitOfWork: outside a command, a handler, a job or a saga's own step
    """
    current_unit().events.append(event)
