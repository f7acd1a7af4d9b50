"""What shipping asks of a carrier. An adapter knows its carrier's words; shipping knows only these."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from modules.shipping.interface import PostalAddress, ShippedItem, TrackingStatus
from storefront.interface import Value


class Parcel(Value):
    """What a carrier must know of a parcel. `weight_g`: grams, 0 if unknown."""

    shipment_id: str
    order_id: str
    service: str
    address: PostalAddress
    items: tuple[ShippedItem, ...]
    weight_g: int


class Booking(Value):
    """A booked parcel. address: where the carrier says that it goes, if it says so."""

    tracking_number: str
    address: PostalAddress | None = None


class TrackingReport(Value):
    """A carrier's word on a parcel. A parcel that is back at its sender is `return_to_sender`, never `delivered`."""

    tracking_number: str
    status: TrackingStatus
    occurred_at: datetime
    note: str = ""


class ForgedSignature(Exception):
    """A webhook does not carry the carrier's valid, recent signature."""


class UnreadableReport(ValueError):
    """A webhook is signed, but says nothing that this adapter understands."""


class Carrier(Protocol):
    """An adapter.

    `is_remote`: its `book` and `cancel` talk to somebody else, so they run outside any transaction. They may raise
    `Unavailable` or `OutcomeUnknown` and are then called again: `book` gives one number per shipment id for ever.
    A booking whose shipment is canceled while it is made is left to lapse: nobody hands that parcel over.
    """

    code: str
    name: str
    is_remote: bool

    def book(self, parcel: Parcel) -> str | Booking:
        """The tracking number of a parcel, with the address on its label where the carrier tells that."""

    def cancel(self, tracking_number: str) -> None:
        """Tell the carrier not to come. Harmless when repeated."""

    def tracking_url(self, tracking_number: str) -> str:
        """Where a person follows the parcel; may be empty."""

    def label(self, parcel: Parcel, tracking_number: str) -> bytes:
        """The label as a PDF, 4 by 6 inches; the same bytes for the same facts."""

    def verify(self, body: bytes, headers: Mapping[str, str]) -> str:
        """Check who sent a webhook; returns the carrier's id of it, at most 200 characters.

        :raises ForgedSignature: it is not the carrier's, or it is too old
        """

    def parse(self, body: bytes) -> TrackingReport:
        """Read a webhook that was verified.

        :raises UnreadableReport: it makes no sense here
        """
