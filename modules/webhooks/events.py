"""Webhooks: facts about endpoints."""

from storefront.events import Event


class EndpointDisabled(Event, type="webhooks.endpoint_disabled", version=1, subject="endpoint_id"):
    """Nothing is sent there any more until its owner enables it again."""

    endpoint_id: str
    owner: str
    reason: str
