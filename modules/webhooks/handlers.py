"""Webhooks' reactions: every public fact is recorded, and owed to the endpoints that asked for it."""

from modules.webhooks import feed
from modules.webhooks.events import EndpointDisabled
from modules.webhooks.public import PUBLIC, told
from modules.webhooks.tasks import KEEP
from storefront import clock
from storefront.events import Event, on
from storefront.events.event import current_envelope


def record(event: Event) -> None:
    """Keep what outsiders may know of it, in the order in which it came."""
    envelope, public = current_envelope(), PUBLIC[type(event)]
    if envelope.occurred_at < clock.now() - KEEP:  # history sent again, of which the feed has let go
        return
    audience = f"owner:{event.owner}" if isinstance(event, EndpointDisabled) else ""
    feed.add(feed.NewFact(
        event_id=envelope.id, name=public.name, subject=envelope.subject, audience=audience, payload=told(event),
        occurred_at=envelope.occurred_at,
    ))


for heard in PUBLIC:
    on(heard)(record)
