"""What the public API of webhooks takes and gives."""

from datetime import datetime
from typing import Annotated, Literal, Self

import msgspec

from modules.webhooks.interface import EndpointView, Hours, Names, Status, Text, Url
from modules.webhooks.models import Fact, Message
from storefront.interface import Value
from storefront.rest import Listing, Shape

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""With its offset from UTC: a time of day alone is another one in each place."""
EventId = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class NewEndpoint(Shape):
    """Where to send what. events: names of facts; `*` for all that the key may read."""

    url: Url
    events: Names
    description: Text = ""


class ChangedEndpoint(Shape):
    """What is to change; what is left out stays."""

    url: Url | msgspec.UnsetType = msgspec.UNSET
    events: Names | msgspec.UnsetType = msgspec.UNSET
    description: Text | msgspec.UnsetType = msgspec.UNSET
    status: Status | msgspec.UnsetType = msgspec.UNSET


class Rotation(Shape):
    """For how many hours the old secret signs beside the new one; 0: no longer."""

    old_for_hours: Hours = 24


class Nothing(Shape):
    """An empty body."""


class ReplayIn(Shape):
    """One event by its id, or all that were recorded in a span of time, `since` included and `until` not.

    after: `more_after` of an earlier answer.
    """

    event: EventId | None = None
    since: Moment | None = None
    until: Moment | None = None
    after: EventId | None = None


class ReplayOut(Value):
    """How many events will be sent. more_after: give it as `after` for the next ones, if there are more."""

    queued: int
    more_after: str | None


class EndpointOut(Value):
    """An endpoint. disabled_reason: asked, gone (it answered 410), failing (for three days), key_revoked."""

    id: str
    url: str
    description: str
    events: tuple[str, ...]
    status: Status
    disabled_reason: str
    failing_since: Moment | None
    old_secret_until: Moment | None
    version: int
    created_at: datetime

    @classmethod
    def of(cls, view: EndpointView) -> Self:
        """As the face has it, less its owner, who asks."""
        return cls(**{name: getattr(view, name) for name in EndpointOut.__struct_fields__})


class EndpointWithSecret(EndpointOut):
    """An endpoint with the secret that verifies what it is sent; told when it is made and when it is rotated."""

    secret: str

    @classmethod
    def told(cls, view: EndpointView, secret: str) -> Self:
        """With the secret."""
        return cls(secret=secret, **{name: getattr(view, name) for name in EndpointOut.__struct_fields__})


class MessageListing(Listing):
    """The parameters of the list of messages."""

    status: Literal["pending", "delivered", "given_up", "skipped"] | None = None


class MessageOut(Value):
    """One event on its way to one endpoint, and how its last attempt ended."""

    event: str
    type: str
    status: Literal["pending", "delivered", "given_up", "skipped"]
    attempts: int
    cause: str
    answer_status: int | None
    next_attempt_at: datetime | None
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, row: Message) -> Self:
        """A row."""
        return cls(
            event=row.fact.event_id, type=row.fact.name, attempts=row.attempts, cause=row.cause,
            status=row.status,  # type: ignore[arg-type]  # ours alone to write
            answer_status=row.answer_status,
            next_attempt_at=row.next_at if row.status == Message.Status.PENDING else None, created_at=row.created_at,
            finished_at=row.finished_at,
        )


class FeedListing(Shape):
    """after: the id of the last event that you have; none: from the oldest that is kept. type: may be repeated."""

    after: EventId | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 100
    type: Annotated[tuple[EventId, ...], msgspec.Meta(max_length=50)] = ()


class EventOut(Value):
    """What happened, as it is sent to endpoints too."""

    id: str
    type: str
    timestamp: datetime
    data: msgspec.Raw

    @classmethod
    def of(cls, row: Fact) -> Self:
        """A row."""
        return cls(id=row.event_id, type=row.name, timestamp=row.occurred_at, data=msgspec.Raw(row.payload.encode()))


class FeedOut(Value):
    """Events in the order in which they were recorded. next: where to go on; null when you have them all for now."""

    data: tuple[EventOut, ...]
    next: str | None
