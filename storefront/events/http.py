"""Facts and receipts over HTTP, between the processes of one shop, signed as calls are.

`POST /_events/<subscriber>` brings a batch: 204 if all of it is committed, 200 with a receipt if some of it is not.
`POST /_receipts/<producer>` brings a receipt of a batch that went another way.
"""

import time
from datetime import datetime

import msgspec

from storefront.calls import identity
from storefront.calls.callee import callee_of
from storefront.calls.connection import Lost, NotSent, Reply
from storefront.events import wire
from storefront.events.delivery import Batch, Receipt, Unanswered
from storefront.events.reach import road_to
from storefront.interface import Unavailable, Value
from storefront.topology import topology

TIMEOUT_SECONDS = 5.0
"""For a whole batch to be handled. One that takes longer is found in the inbox when it is sent again."""


class ReceiptNote(Value):
    """A receipt on its way back: who gives it, for which lease."""

    subscriber: str
    lease_until: datetime
    receipt: Receipt


def send(batch: Batch) -> Receipt:
    """Post a batch to the process of its subscriber; waits until it is committed there.

    :raises Unavailable: the process is away, or does not take the batch
    """
    road = road_to(batch.subscriber)
    path, body = f"/_events/{batch.subscriber}", wire.packed(batch.parcels)
    began_at = time.monotonic()
    try:
        reply = _post(batch.subscriber, path, body, wire.CONTENT_TYPE)
    except Unavailable:
        road.broke(waited=time.monotonic() - began_at)
        raise
    road.held()
    if reply.status == 204:
        return Receipt(done=batch.delivery_ids)
    return msgspec.json.decode(reply.body, type=Receipt)


def send_receipt(producer: str, subscriber: str, receipt: Receipt, *, lease_until: datetime) -> None:
    """Tell the process of a producer what became of a batch.

    :raises Unavailable: the process is away, or does not take the receipt
    """
    note = ReceiptNote(subscriber=subscriber, lease_until=lease_until, receipt=receipt)
    _post(producer, f"/_receipts/{producer}", msgspec.json.encode(note), "application/json")


def _post(module: str, path: str, body: bytes, content_type: str) -> Reply:
    process = topology().provider_of(module)
    if process is None:
        raise Unavailable(f"No process of topology {topology().name} runs {module}.")
    headers = identity.sign("POST", path, body, deadline_ms=int(TIMEOUT_SECONDS * 1000))
    headers["Content-Type"] = content_type
    until = time.monotonic() + TIMEOUT_SECONDS
    try:
        reply = callee_of(process).connections.exchange("POST", path, body, headers, until=until)
    except NotSent as error:
        raise Unavailable(f"{module} at {process.url}: {error}") from error
    except Lost as error:
        raise Unanswered(f"{module} at {process.url}: {error}") from error
    if reply.status not in (200, 204):
        told = reply.body[:200].decode(errors="replace")
        raise Unavailable(f"{module} at {process.url} answered {reply.status}: {told}")
    return reply
