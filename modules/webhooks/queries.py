"""Webhooks: the bodies of its queries."""

from django.db.models import QuerySet

from modules.webhooks.interface import EndpointView
from modules.webhooks.models import Endpoint
from storefront.interface import NotFound


def endpoint(*, owner: str, endpoint_id: str) -> EndpointView:
    """One endpoint of this owner."""
    return view_of(found(owner, endpoint_id))


def found(owner: str, endpoint_id: str, *, rows: QuerySet[Endpoint] | None = None) -> Endpoint:
    """The row of an endpoint; an operator of the shop, who has no name here, finds any.

    :raises NotFound: there is none, or it is another's
    """
    wanted = (Endpoint.objects.all() if rows is None else rows).filter(id=endpoint_id)
    row = (wanted.filter(owner=owner) if owner else wanted).first()
    if row is None:
        raise NotFound(kind="webhook endpoint", id=endpoint_id)
    return row


def view_of(row: Endpoint) -> EndpointView:
    """A row as the face has it."""
    return EndpointView(
        id=row.id, owner=row.owner, url=row.url, description=row.description, events=tuple(row.events.split()),
        status=row.status,  # type: ignore[arg-type]  # ours alone to write
        disabled_reason=row.disabled_reason, failing_since=row.failing_since,
        old_secret_until=row.old_secret_until, version=row.version, created_at=row.created_at,
    )
