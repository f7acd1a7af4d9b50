"""Takes facts from the producers' outboxes to the consumers, and closes what is acknowledged."""

import logging
from collections.abc import Callable, Sequence
from itertools import groupby

from storefront.events import outbox
from storefront.events.event import Envelope
from storefront.events.inbox import consume
from storefront.events.outbox import Due
from storefront.nudge import nudge

log = logging.getLogger(__name__)

Transport = Callable[[str, Sequence[Envelope]], None]
"""Hands envelopes to a subscribing module; returning is its acknowledgement."""


def deliver(module: str, *, transport: Transport = consume, limit: int = 500) -> int:
    """Deliver what `module` owes at this moment. Returns how many deliveries were claimed."""
    claimed = outbox.claim(module, limit=limit)
    for subscriber, group in groupby(sorted(claimed, key=lambda due: due.subscriber), key=lambda due: due.subscriber):
        _hand_over(module, subscriber, list(group), transport)
    if len(claimed) == limit:  # more may be due: do not wait for the next poll
        nudge(module, "deliveries")
    return len(claimed)


def _hand_over(module: str, subscriber: str, batch: list[Due], transport: Transport) -> None:
    try:
        transport(subscriber, [due.envelope for due in batch])
    except Exception as error:
        if len(batch) == 1:
            _failed(module, batch[0], error)
        else:
            _one_by_one(module, subscriber, batch, transport)
        return
    outbox.acknowledge(module, [due.delivery_id for due in batch])


def _one_by_one(module: str, subscriber: str, batch: list[Due], transport: Transport) -> None:
    """Isolate the fact that fails; later ones of its subject wait behind it."""
    blocked: set[str] = set()
    for due in batch:
        if due.envelope.subject in blocked:
            outbox.postpone(module, due._replace(attempts=1), error="Waits behind an earlier fact of its subject.")
            continue
        try:
            transport(subscriber, [due.envelope])
        except Exception as error:
            blocked.add(due.envelope.subject)
            _failed(module, due, error)
        else:
            outbox.acknowledge(module, [due.delivery_id])


def _failed(module: str, due: Due, error: Exception) -> None:
    log.warning(
        "A delivery failed.", exc_info=error,
        extra={"producer": module, "subscriber": due.subscriber, "event": due.envelope.id, "attempts": due.attempts},
    )
    outbox.postpone(module, due, error=f"{type(error).__name__}: {error}")
