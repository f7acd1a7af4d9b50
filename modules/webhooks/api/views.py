"""Endpoints, what they are sent, and the feed, for the machines that own them."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
from django.http import HttpResponse
from rest_framework.request import Request

from modules.webhooks import signing
from modules.webhooks.api import shapes
from modules.webhooks.interface import (
    Change,
    EndpointChanged,
    EndpointView,
    Machine,
    TargetRefused,
    TooManyEndpoints,
    UnknownFacts,
    Webhooks,
)
from modules.webhooks.models import Endpoint, Fact, Message
from modules.webhooks.public import readable_with
from modules.webhooks.queries import found, view_of
from storefront.interface import NotFound, Refusal, connect
from storefront.rest import (
    Listing,
    ModuleView,
    Page,
    answered,
    created,
    documented,
    emptied,
    page,
    read,
    read_query,
)
from storefront.rest.query import invalid_query
from storefront.rest.storable import is_storable

_webhooks = connect(Webhooks)
SCOPES = {
    "get": "webhooks:read", "post": "webhooks:write", "patch": "webhooks:write", "delete": "webhooks:write",
}


class FeedGone(Refusal):
    """The event is none of the feed, or was cleared away by its age: begin without `after`, and fetch what you miss."""

    code = "webhooks.feed_gone"
    status = 410
    message = "The feed does not go back to {event}."
    event: str


class EndpointList(ModuleView):
    """Where a machine wants to hear of what happens."""

    required_scope = SCOPES

    @documented(answers={200: Page[shapes.EndpointOut]}, query=Listing, summary="List your endpoints")
    def get(self, request: Request) -> HttpResponse:
        """Those of the machine whose key it is, oldest first."""
        rows = Endpoint.objects.filter(owner=_owner(request))
        listing = read_query(Listing, request)
        return answered(page(request, rows, order=("created_at", "id"), show=_shown, listing=listing))

    @documented(
        request=shapes.NewEndpoint, answers={201: shapes.EndpointWithSecret},
        refuses=(TargetRefused, UnknownFacts, TooManyEndpoints, NotFound, EndpointChanged), key_required=True,
        summary="Register an endpoint",
    )
    def post(self, request: Request) -> HttpResponse:
        """It is sent what happens from now on, signed with the secret in this answer, as Standard Webhooks say."""
        key, wanted = self.key(request, required=True), read(shapes.NewEndpoint, request)
        view = _webhooks.register(
            key=key, owner=_owner(request), machine=_machine(request), url=wanted.url, description=wanted.description,
            events=wanted.events,
        )
        return created(
            _with_secret(view), etag=view.version, location=f"/api/v1/webhook-endpoints/{view.id}"
        )


class EndpointDetail(ModuleView):
    """One endpoint."""

    required_scope = SCOPES

    @documented(answers={200: shapes.EndpointOut}, refuses=(NotFound,), summary="Read an endpoint")
    def get(self, request: Request, endpoint_id: str) -> HttpResponse:
        """How it is, and since when it fails, if it does."""
        return _answered(_webhooks.endpoint(owner=_owner(request), endpoint_id=endpoint_id))

    @documented(
        request=shapes.ChangedEndpoint, answers={200: shapes.EndpointOut},
        refuses=(NotFound, EndpointChanged, TargetRefused, UnknownFacts), version="required",
        summary="Change an endpoint",
    )
    def patch(self, request: Request, endpoint_id: str) -> HttpResponse:
        """Change, disable or enable it. From then on it belongs to the key that asks: so keys are replaced."""
        version = self.expected_version(request, required=True)
        wanted = read(shapes.ChangedEndpoint, request)
        fields = {name: getattr(wanted, name) for name in wanted.__struct_fields__}
        given = {name: value for name, value in fields.items() if value is not msgspec.UNSET}
        view = _webhooks.change(
            key=self.key(request), owner=_owner(request), endpoint_id=endpoint_id, change=Change(**given),
            machine=_machine(request), expected_version=version,
        )
        return _answered(view)

    @documented(
        answers={204: None}, refuses=(NotFound, EndpointChanged), version="accepted", summary="Delete an endpoint"
    )
    def delete(self, request: Request, endpoint_id: str) -> HttpResponse:
        """Nothing more is sent there, nor what waits."""
        version = self.expected_version(request)
        _webhooks.delete(
            key=self.key(request), owner=_owner(request), endpoint_id=endpoint_id, expected_version=version
        )
        return emptied()


class SecretRotation(ModuleView):
    """A new secret."""

    required_scope = SCOPES

    @documented(
        request=shapes.Rotation, answers={200: shapes.EndpointWithSecret}, refuses=(NotFound, EndpointChanged),
        key_required=True, summary="Rotate the secret of an endpoint",
    )
    def post(self, request: Request, endpoint_id: str) -> HttpResponse:
        """The new secret signs at once; for some hours the old one signs beside it."""
        key, wanted = self.key(request, required=True), read(shapes.Rotation, request)
        view = _webhooks.rotate_secret(
            key=key, owner=_owner(request), endpoint_id=endpoint_id, old_for_hours=wanted.old_for_hours
        )
        return answered(_with_secret(view), etag=view.version)


class EndpointTest(ModuleView):
    """A trial."""

    required_scope = SCOPES

    @documented(
        request=shapes.Nothing, answers={202: shapes.ReplayOut}, refuses=(NotFound,),
        summary="Send a test to an endpoint",
    )
    def post(self, request: Request, endpoint_id: str) -> HttpResponse:
        """A `webhook.test`, sent and tried again like any event."""
        key = self.key(request)
        read(shapes.Nothing, request)
        queued = _webhooks.send_test(key=key, owner=_owner(request), endpoint_id=endpoint_id)
        return answered(shapes.ReplayOut(queued=queued.count, more_after=None), status=202)


class EndpointReplay(ModuleView):
    """The past, once more."""

    required_scope = SCOPES

    @documented(
        request=shapes.ReplayIn, answers={202: shapes.ReplayOut}, refuses=(NotFound,), key_required=True,
        summary="Replay events to an endpoint",
    )
    def post(self, request: Request, endpoint_id: str) -> HttpResponse:
        """One event by its id, or those of a span of time. They keep their ids, by which you know them again."""
        key, wanted = self.key(request, required=True), read(shapes.ReplayIn, request)
        queued = _webhooks.replay(
            key=key, owner=_owner(request), endpoint_id=endpoint_id, event_id=wanted.event or "",
            since=_instant(wanted.since, "since"), until=_instant(wanted.until, "until"), after=wanted.after or "",
        )
        return answered(shapes.ReplayOut(queued=queued.count, more_after=queued.more_after), status=202)


class MessageList(ModuleView):
    """What was sent to an endpoint, and what waits."""

    required_scope = SCOPES

    @documented(
        answers={200: Page[shapes.MessageOut]}, query=shapes.MessageListing, refuses=(NotFound,),
        summary="List what an endpoint is sent",
    )
    def get(self, request: Request, endpoint_id: str) -> HttpResponse:
        """Newest first, for 30 days."""
        listing = read_query(shapes.MessageListing, request)
        rows = Message.objects.filter(endpoint=found(_owner(request), endpoint_id)).select_related("fact")
        if listing.status:
            rows = rows.filter(status=listing.status)
        return answered(page(request, rows, order=("-id",), show=shapes.MessageOut.of, listing=listing))


class FeedView(ModuleView):
    """Everything public that happened, for who was away or sends no webhooks at all."""

    required_scope = "events:read"

    @documented(
        answers={200: shapes.FeedOut}, query=shapes.FeedListing, refuses=(FeedGone,),
        summary="Read what happened after an event",
    )
    def get(self, request: Request) -> HttpResponse:
        """In the order in which events were recorded, as far as the key may read them; kept for 30 days.

        Ask again with the id of the last event that you have: none is left out, none comes twice.
        """
        listing = read_query(shapes.FeedListing, request)
        machine: Any = request.auth
        names = readable_with(machine.scopes)
        unknown = sorted(set(listing.type) - names)
        if unknown:
            raise invalid_query("type", "not_a_choice", f"{unknown[0]} is no event that this key may read.")
        rows = Fact.objects.filter(name__in=listing.type or names, audience__in=("", f"owner:{machine.name}"))
        if listing.after is not None:
            rows = rows.filter(id__gt=_number_of(listing.after))
        seen = list(rows.order_by("id")[: listing.limit + 1])
        shown = tuple(shapes.EventOut.of(row) for row in seen[: listing.limit])
        more = _url(request, listing, shown[-1].id) if len(seen) > listing.limit else None
        return answered(shapes.FeedOut(data=shown, next=more))


def _number_of(event_id: str) -> int:
    number = Fact.objects.filter(event_id=event_id).values_list("id", flat=True).first()
    if number is None:
        raise FeedGone(event=event_id)
    return number


def _url(request: Request, listing: shapes.FeedListing, after: str) -> str:
    kept = [("type", name) for name in listing.type]
    return f"{request.path}?{urlencode([*kept, ('limit', listing.limit), ('after', after)])}"


def _instant(given: datetime | None, name: str) -> datetime | None:
    """A time that is an instant in every database."""
    if given is not None and not is_storable(given):
        from storefront.rest.fault import Defect, Fault

        defect = Defect(f"/{name}", "wrong_format", "Give a time with its offset from UTC.")
        raise Fault("invalid_body", f"/{name}: {defect.detail}", status=422, errors=(defect,))
    return given


def _owner(request: Request) -> str:
    machine: Any = request.auth
    return str(machine.name)


def _machine(request: Request) -> Machine:
    machine: Any = request.auth
    return Machine(prefix=machine.prefix, scopes=tuple(sorted(machine.scopes)))


def _shown(row: Endpoint) -> shapes.EndpointOut:
    return shapes.EndpointOut.of(view_of(row))


def _answered(view: EndpointView) -> HttpResponse:
    return answered(shapes.EndpointOut.of(view), etag=view.version)


def _with_secret(view: EndpointView) -> shapes.EndpointWithSecret:
    """The secret is not part of the command's answer, which is kept to be repeated.

    :raises NotFound: the endpoint was deleted since
    :raises EndpointChanged: it was changed since, perhaps its secret; rotate it to learn one
    """
    row = found(view.owner, view.id)
    if row.version != view.version:
        raise EndpointChanged(version=row.version)
    return shapes.EndpointWithSecret.told(view, signing.present_secret(row))
