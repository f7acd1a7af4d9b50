"""Facts: announced in the transaction that makes them true, delivered at least once, ordered per subject."""

from storefront.events.event import Event, upcast
from storefront.events.publishing import publish
from storefront.events.subscription import NotYet, on

__all__ = ["Event", "NotYet", "on", "publish", "upcast"]
