"""System checks of how facts travel: a topology that wants a broker must be told which."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from storefront.topology import topology

SCHEMES = ("amqp", "amqps", "redis", "rediss", "memory")


@register("storefront")
def check_broker(**_kwargs: Any) -> list[CheckMessage]:
    """`events = "celery"` needs STOREFRONT_BROKER_URL."""
    finding = missing_broker()
    if not finding:
        return []
    hint = "Set STOREFRONT_BROKER_URL to amqp://... or redis://..., the same in every process."
    return [Error(finding, hint=hint, id="storefront.E010")]


def missing_broker() -> str:
    """What is wrong with the broker of this topology, if anything."""
    url = str(settings.STOREFRONT_BROKER_URL)
    if topology().events != "celery" or url.partition("://")[0] in SCHEMES:
        return ""
    named = f"STOREFRONT_BROKER_URL begins with {url.partition(':')[0]}" if url else "STOREFRONT_BROKER_URL is not set"
    return f"Topology {topology().name} sends facts through a broker, and {named}."
