"""Takes facts from the producers' outboxes to the consumers, and closes what is acknowledged."""

import logging
from collections.abc import Callable

from storefront.events import outbox
from storefront.events.delivery import Batch, Receipt, Unanswered
from storefront.events.outbox import BRIEFLY, MAX_BYTES, NOT_AT_ALL
from storefront.events.subscription import subscribers_to
from storefront.events.transport import hand_over, out_of_reach
from storefront.nudge import nudge

log = logging.getLogger(__name__)

Transport = Callable[[Batch], Receipt | None]
"""Brings a batch to its subscriber. Returns what became of it, or None if the consumer will say so later."""


def deliver(module: str, *, transport: Transport = hand_over, limit: int = 500) -> int:
    """Deliver what `module` owes at this moment. Returns how many deliveries were claimed."""
    claimed = outbox.claim(module, limit=limit, sparing=out_of_reach(subscribers_to(module)))
    for batch in claimed:
        _send(_bounded(batch), transport)
    count = sum(len(batch.parcels) for batch in claimed)
    if count == limit:  # more may be due: do not wait for the next poll
        nudge(module, "deliveries")
    return count


def _bounded(batch: Batch) -> Batch:
    """As many facts as may travel at once, at least one; the rest is free again and follows."""
    size = 0
    for number, parcel in enumerate(batch.parcels):
        size += len(parcel.envelope.payload)
        if size > MAX_BYTES and number:
            rest = batch.delivery_ids[number:]
            outbox.release(batch.producer, rest, lease_until=batch.lease_until, pause=NOT_AT_ALL)
            nudge(batch.producer, "deliveries")
            return batch._replace(parcels=batch.parcels[:number])
    return batch


def _send(batch: Batch, transport: Transport) -> None:
    """Who cannot be reached fails nothing: the batch is free again in a moment."""
    try:
        receipt = transport(batch)
    except Exception as error:
        log.warning(
            "Facts could not be handed over; they are tried again.",
            extra={"producer": batch.producer, "subscriber": batch.subscriber, "error": f"{error}"},
        )
        outbox.release(
            batch.producer, batch.delivery_ids, lease_until=batch.lease_until, pause=BRIEFLY,
            why=f"{type(error).__name__}: {error}", were_sent=isinstance(error, Unanswered),
        )
        return
    if receipt is not None:
        outbox.settle(batch.producer, batch.subscriber, receipt, lease_until=batch.lease_until)
