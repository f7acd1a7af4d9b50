"""Facts between processes: a JSON array of CloudEvents 1.0, as their specification's batch mode says."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from storefront.events.delivery import Parcel
from storefront.events.event import Envelope
from storefront.interface import Value

CONTENT_TYPE = "application/cloudevents-batch+json"


class CloudEvent(Value):
    """An envelope as the others write it; `dataversion`, `delivery`, `replay`, `unanswered` are extensions of ours."""

    id: str
    source: str
    """The module that announced it."""
    type: str
    subject: str
    time: datetime
    dataversion: int
    delivery: int
    data: msgspec.Raw
    traceparent: str = ""
    replay: str = ""
    unanswered: int = 1
    specversion: str = "1.0"
    datacontenttype: str = "application/json"


_decoder = msgspec.json.Decoder(tuple[CloudEvent, ...])


def packed(parcels: Iterable[Parcel]) -> bytes:
    """A batch as JSON."""
    return msgspec.json.encode([_cloud_event(parcel) for parcel in parcels])


def unpacked(body: bytes | str) -> tuple[Parcel, ...]:
    """The batch in a JSON text.

    :raises msgspec.MsgspecError: it is none
    """
    return tuple(_parcel(event) for event in _decoder.decode(body))


def _cloud_event(parcel: Parcel) -> CloudEvent:
    envelope = parcel.envelope
    return CloudEvent(
        id=envelope.id, source=envelope.source, type=envelope.type, subject=envelope.subject,
        time=envelope.occurred_at, dataversion=envelope.version, delivery=parcel.delivery_id,
        traceparent=envelope.traceparent, replay=envelope.replay, unanswered=parcel.unanswered,
        data=msgspec.Raw(envelope.payload.encode()),
    )


def _parcel(event: CloudEvent) -> Parcel:
    envelope = Envelope(
        id=event.id, type=event.type, version=event.dataversion, subject=event.subject, occurred_at=event.time,
        payload=bytes(event.data).decode(), traceparent=event.traceparent, replay=event.replay,
    )
    return Parcel(event.delivery, envelope, event.unanswered)
