"""Webhooks: telling machines outside the shop what happened in it.

An endpoint belongs to a machine, known by the name of its API key; `owner` is that name, and empty for an operator of
the shop, who may act on any. Instants are timezone-aware UTC.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from storefront.interface import Interface, Key, NotFound, Refusal, Value, command, query

Url = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Text = Annotated[str, msgspec.Meta(max_length=200)]
Names = Annotated[tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=60)], ...], msgspec.Meta(max_length=50)]
"""Names of public facts, such as order.placed; `*` for all that the key may read."""
Scopes = Annotated[tuple[str, ...], msgspec.Meta(max_length=100)]
Hours = Annotated[int, msgspec.Meta(ge=0, le=168)]
Status = Literal["enabled", "disabled"]


class EndpointView(Value):
    """Where a machine hears of facts. Its secret is told to its owner only, when it is made or changed."""

    id: str
    owner: str
    url: str
    description: str
    events: tuple[str, ...]
    status: Status
    disabled_reason: str
    """Empty while enabled: asked, gone, failing, key_revoked."""
    failing_since: datetime | None
    """Since when no sending has succeeded; None while they do."""
    old_secret_until: datetime | None
    """Until when the secret before the present one signs as well."""
    version: int
    created_at: datetime


class Machine(Value):
    """Whose key it is: the key's public prefix and its scopes."""

    prefix: str
    scopes: Scopes


class Change(Value):
    """What is to change of an endpoint; what is None stays."""

    url: Url | None = None
    description: Text | None = None
    events: Names | None = None
    status: Status | None = None


class Queued(Value):
    """How many facts will be sent, and the id of the last one of them if there are more than are taken at once."""

    count: int
    more_after: str | None = None


class TargetRefused(Refusal):
    """Facts are not sent to such an address: it is not public, not https, or no address."""

    code = "webhooks.target_refused"
    status = 422
    message = "{url} is refused: {reason}."
    url: str
    reason: str


class UnknownFacts(Refusal):
    """There are no public facts of these names, or the key may not read them."""

    code = "webhooks.unknown_events"
    status = 422
    message = "Not to be had with this key: {names}."
    names: str


class TooManyEndpoints(Refusal):
    """A machine has no more endpoints than this."""

    code = "webhooks.too_many_endpoints"
    status = 409
    message = "There are {most} endpoints already; delete one first."
    most: int


class EndpointChanged(Refusal):
    """Somebody else was faster: the endpoint has another version now."""

    code = "webhooks.endpoint_changed"
    status = 412
    message = "The endpoint has version {version} now; read it again."
    version: int


class NotWaiting(Refusal):
    """The message was delivered, given up or skipped already."""

    code = "webhooks.not_waiting"
    status = 409
    message = "The message is {state}."
    state: str


class Webhooks(Interface, module="webhooks", version=1):
    """Endpoints of machines, and what is sent to them."""

    @command(timeout=2.0, refuses=(TargetRefused, UnknownFacts, TooManyEndpoints))
    def register(
        self, *, key: Key, owner: str, machine: Machine, url: Url, description: Text, events: Names
    ) -> EndpointView:
        """A new endpoint, enabled at once. It is sent what happens from now on."""

    @command(timeout=2.0, refuses=(NotFound, EndpointChanged, TargetRefused, UnknownFacts))
    def change(
        self, *, key: Key, owner: str, endpoint_id: str, change: Change, machine: Machine | None = None,
        expected_version: int | None = None,
    ) -> EndpointView:
        """Change an endpoint. By a machine, it belongs to that machine's present key from then on."""

    @command(timeout=2.0, refuses=(NotFound, EndpointChanged))
    def delete(self, *, key: Key, owner: str, endpoint_id: str, expected_version: int | None = None) -> None:
        """Remove an endpoint with what waits for it."""

    @command(timeout=2.0, refuses=(NotFound,))
    def rotate_secret(self, *, key: Key, owner: str, endpoint_id: str, old_for_hours: Hours) -> EndpointView:
        """A new secret, which signs at once; the one before it signs beside it for some hours."""

    @command(timeout=2.0, refuses=(NotFound,))
    def send_test(self, *, key: Key, owner: str, endpoint_id: str) -> Queued:
        """Send a `webhook.test` to this endpoint alone."""

    @command(timeout=5.0, refuses=(NotFound,))
    def replay(
        self, *, key: Key, owner: str, endpoint_id: str, event_id: str = "", since: datetime | None = None,
        until: datetime | None = None, after: str = "",
    ) -> Queued:
        """Send facts of the past again, or for the first time: one, or those of a span of time, oldest first.

        since, until: when the facts were recorded here. after: where an earlier replay stopped.
        :raises NotFound: no such endpoint, or no such fact for its owner
        """

    @command(timeout=2.0, refuses=(NotFound, NotWaiting))
    def retry(self, *, key: Key, message_id: int) -> None:
        """Send a message now that waits, or was given up or skipped."""

    @command(timeout=2.0, refuses=(NotFound, NotWaiting))
    def skip(self, *, key: Key, message_id: int) -> None:
        """Give a waiting message up, so that later ones of its subject may pass."""

    @query(timeout=0.5, refuses=(NotFound,))
    def endpoint(self, *, owner: str, endpoint_id: str) -> EndpointView:
        """One endpoint of this owner."""
