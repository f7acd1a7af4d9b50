"""System checks of who runs where: a face without a provider, keys that cannot be read, keys that nobody set."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  # Django's own name

from storefront.calls.identity import parsed
from storefront.events.checks import missing_broker
from storefront.topology import modules_here, neighbours, topology
from storefront.topology.plan import BadTopology
from storefront.topology.wiring import wiring


@register("storefront")
def check_topology(**_kwargs: Any) -> list[CheckMessage]:
    """Every face that the modules of this process call has a provider, and the service keys can be read."""
    hint = "Name the module in a process of the topology file."
    found: list[CheckMessage] = [Error(gap, hint=hint, id="storefront.E011") for gap in gaps()]
    try:
        list(parsed(settings.STOREFRONT_SERVICE_KEYS))
    except ValueError as error:
        found.append(Error(str(error), id="storefront.E012"))
    return found


@register(Tags.security, deploy=True)
def check_service_keys(**_kwargs: Any) -> list[CheckMessage]:
    """Several processes on several machines need keys of their own: the default comes from SECRET_KEY."""
    if settings.STOREFRONT_SERVICE_KEYS or len(topology().processes) == 1:
        return []
    hint = "Set it to id:secret, the same in every process; add a second one in front to rotate."
    return [Warning("STOREFRONT_SERVICE_KEYS is not set.", hint=hint, id="storefront.W011")]


def gaps() -> list[str]:
    """The faces that modules of this process call and no process of the topology provides, a sentence each."""
    return [
        f"{module} calls {callee}, which no process of topology {topology().name} provides."
        for module in modules_here()
        for callee in wiring().calls.get(module, ())
        if topology().provider_of(callee) is None
    ]


def refuse_a_bad_start() -> None:
    """Called before a process serves.

    :raises BadTopology: a face that it calls has no provider, facts need a broker that nobody named, or a neighbour
        that answers has an incompatible face
    """
    troubles = [*gaps(), *filter(None, [missing_broker()])] or neighbours.misfits()
    if troubles:
        raise BadTopology("This process cannot do its work: " + " ".join(troubles))
