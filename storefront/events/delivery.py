"""What passes between a producer and a consumer: facts with the numbers of their deliveries, and the receipt."""

from datetime import datetime
from typing import NamedTuple

from storefront.events.event import Envelope
from storefront.interface import Value


class Parcel(NamedTuple):
    """A fact on its way, and the producer's number of this delivery."""

    delivery_id: int
    envelope: Envelope


class Batch(NamedTuple):
    """What one producer owes one subscriber at this moment, in order; its rows are leased until then."""

    producer: str
    subscriber: str
    lease_until: datetime
    parcels: tuple[Parcel, ...]

    @property
    def delivery_ids(self) -> tuple[int, ...]:
        """The producer's numbers of these deliveries."""
        return tuple(parcel.delivery_id for parcel in self.parcels)


class Failure(Value):
    """A fact that its consumer could not handle, and why."""

    delivery_id: int
    error: str


class Receipt(Value):
    """What a consumer says of a batch, by the producer's numbers.

    Done: the effects are committed. Failed: the handler raised. Waiting: not tried, because an earlier fact of the
    same subject failed, or because the consumer cannot work at present.
    """

    done: tuple[int, ...] = ()
    failed: tuple[Failure, ...] = ()
    waiting: tuple[int, ...] = ()
