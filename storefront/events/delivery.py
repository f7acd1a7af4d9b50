"""What passes between a producer and a consumer: facts with the numbers of their deliveries, and the receipt."""

from datetime import datetime
from typing import NamedTuple

from storefront.events.event import Envelope
from storefront.interface import Unavailable, Value

TRUSTED = 2
"""Times that a fact may go unanswered, as when a process is restarted, before it is handled by itself."""


class Parcel(NamedTuple):
    """A fact on its way, and the producer's number of this delivery."""

    delivery_id: int
    envelope: Envelope
    unanswered: int = 1
    """How often it was sent, this time included, since its consumer last said what became of it."""

    @property
    def is_suspect(self) -> bool:
        """Whether it may be what ends the processes that handle it."""
        return self.unanswered > TRUSTED


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
    is_final: bool = False
    """Whether it is not to be tried again, because an operator must look at once."""
    is_early: bool = False
    """Whether nothing is wrong with it: it waits for something that will end, and is tried again until then."""


class Unanswered(Unavailable):
    """The batch had left when the connection was lost: its consumer may have begun with it."""


class Receipt(Value):
    """What a consumer says of a batch, by the producer's numbers.

    Done: the effects are committed. Failed: the handler raised. Waiting: not tried, because an earlier fact of the
    same subject failed, or because the consumer cannot work at present.
    """

    done: tuple[int, ...] = ()
    failed: tuple[Failure, ...] = ()
    waiting: tuple[int, ...] = ()
