"""What the public API of shipping says."""

from datetime import datetime
from typing import Self

import msgspec

from modules.shipping.interface import PostalAddress, ShipmentStatus, ShipmentView, ShippedItem, TrackingStatus
from modules.shipping.models import Shipment, ShipmentEvent
from storefront.interface import Value
from storefront.rest import Shape


class ShipmentAction(Shape):
    """What to do to a shipment: no fields, the path says it all."""


class TrackingLine(Value):
    """A line of a shipment's history."""

    kind: str
    tracking_status: str
    note: str
    occurred_at: datetime

    @classmethod
    def of(cls, line: ShipmentEvent) -> Self:
        """From its row."""
        return cls(
            kind=line.kind, tracking_status=line.tracking_status, note=line.note, occurred_at=line.occurred_at
        )


class ShipmentOut(Value):
    """A shipment with its address and history, oldest line first. `weight_g`: grams, 0 if unknown."""

    id: str
    order_id: str
    status: ShipmentStatus
    tracking_status: TrackingStatus
    carrier: str
    service: str
    tracking_number: str
    tracking_url: str
    label: str
    address: PostalAddress
    items: tuple[ShippedItem, ...]
    weight_g: int
    version: int
    dispatched_at: datetime | None
    delivered_at: datetime | None
    history: tuple[TrackingLine, ...]

    @classmethod
    def of(cls, shown: ShipmentView, row: Shipment, *, label: str) -> Self:
        """From the face's view, and what only this module knows. label: the path of the PDF."""
        return cls(
            **msgspec.structs.asdict(shown), label=label if shown.tracking_number else "",
            address=msgspec.json.decode(row.address, type=PostalAddress), weight_g=row.weight_g,
            history=tuple(TrackingLine.of(line) for line in row.history.all()),
        )


class Received(Value):
    """A webhook has been stored."""

    received: bool = True
