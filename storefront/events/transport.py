"""How facts reach their subscribers: in this process, or as the topology says."""

from collections.abc import Iterable

from storefront.events import inbox
from storefront.events.delivery import Batch, Receipt
from storefront.events.event import Envelope
from storefront.events.reach import road_to
from storefront.topology import modules_here, topology

STAND_INS: dict[str, list[Envelope]] = {}
"""Subscriber -> what it was sent; a test of one module listens here in the place of modules that are elsewhere."""


def hand_over(batch: Batch) -> Receipt | None:
    """Bring facts to their subscriber. Returns what became of them, or None if the consumer will say so later.

    :raises Unavailable: it cannot be reached, or cannot work at present
    """
    if batch.subscriber in STAND_INS:
        STAND_INS[batch.subscriber].extend(parcel.envelope for parcel in batch.parcels)
        return Receipt(done=batch.delivery_ids)
    if topology().events == "celery":
        from storefront.events import broker  # whoever has no broker does without Celery

        broker.send(batch)
        return None
    if batch.subscriber in modules_here():
        return inbox.receive(batch.subscriber, batch.parcels)
    from storefront.events import http  # whoever is alone does without a client

    return http.send(batch)


def out_of_reach(subscribers: Iterable[str]) -> set[str]:
    """Those of them to whom nothing can be sent at this moment."""
    if topology().events == "celery":
        from storefront.events import broker

        return broker.not_taking(set(subscribers) - STAND_INS.keys())
    return {subscriber for subscriber in subscribers if not road_to(subscriber).is_open}
