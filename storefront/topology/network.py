"""Who may open a connection to whom, as Kubernetes sees it: the import graph, and who must be told of what."""

from collections.abc import Iterable
from typing import Any

from storefront.topology.kubernetes import PART_OF, Shop, labels_of
from storefront.topology.plan import Process
from storefront.topology.programs import PORT

Manifest = dict[str, Any]

GATEWAY_NAMESPACE = "gateway"
"""Where the gateway's pods live; a patch names another."""
DATABASE_PORT, CACHE_PORT = 5432, 6379
BROKER_PORTS = {"http": (), "celery": (5671, 5672)}


def policy(shop: Shop, process: Process) -> Manifest:
    """One process: reached by its callers, by who has facts for it, and by the gateway if that leads to it."""
    coming: list[Manifest] = []
    if near := reaching(shop, process):
        coming.append({"from": _pods_of(near), "ports": [_port(PORT)]})
    if process.name in shop.public:
        coming.append({"from": [_namespace(GATEWAY_NAMESPACE)], "ports": [_port(PORT)]})
    going = [_to_names(), _to_stores(shop)]
    if far := reached(shop, process):
        going.insert(1, {"to": _pods_of(far), "ports": [_port(PORT)]})
    return _policy(process.name, labels_of(process), coming, going)


def migration_policy(shop: Shop) -> Manifest:
    """The job that migrates needs the databases and nobody needs it."""
    labels = PART_OF | {"app.kubernetes.io/name": "migrate"}
    return _policy("migrate", labels, [], [_to_names(), _to_stores(shop)])


def reaching(shop: Shop, process: Process) -> tuple[Process, ...]:
    """The other processes that may open a connection to this one."""
    return tuple(other for other in shop.topology.processes if process in reached(shop, other))


def reached(shop: Shop, process: Process) -> tuple[Process, ...]:
    """The other processes that this one calls, exchanges facts with, or asks who an operator or a machine is.

    Facts go to who hears them; behind a broker only the acknowledgement goes, to who announced them.
    """
    modules = {callee for module in process.modules for callee in shop.wiring.calls.get(module, ())}
    modules |= _hearers(shop, process) if shop.topology.events == "http" else _announcers(shop, process)
    home = shop.topology.home
    return tuple(
        other for other in shop.topology.processes
        if other != process and (other == home or modules.intersection(other.modules))
    )


def _hearers(shop: Shop, process: Process) -> set[str]:
    told = (hearers for event, hearers in shop.wiring.events.items() if event.partition(".")[0] in process.modules)
    return {hearer for hearers in told for hearer in hearers}


def _announcers(shop: Shop, process: Process) -> set[str]:
    heard = (event for event, hearers in shop.wiring.events.items() if set(hearers).intersection(process.modules))
    return {event.partition(".")[0] for event in heard}


def _policy(name: str, labels: dict[str, str], coming: list[Manifest], going: list[Manifest]) -> Manifest:
    return {
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "podSelector": {"matchLabels": labels}, "policyTypes": ["Ingress", "Egress"],
            "ingress": coming, "egress": going,
        },
    }


def _pods_of(processes: Iterable[Process]) -> list[Manifest]:
    return [{"podSelector": {"matchLabels": labels_of(process)}} for process in processes]


def _namespace(name: str) -> Manifest:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def _to_names() -> Manifest:
    return {"to": [_namespace("kube-system")], "ports": [_port(53, "UDP"), _port(53)]}


def _to_stores(shop: Shop) -> Manifest:
    """Databases, cache and broker may be anywhere, in the cluster or outside it, but only on their ports."""
    return {"ports": [_port(number) for number in (DATABASE_PORT, CACHE_PORT, *BROKER_PORTS[shop.topology.events])]}


def _port(number: int, protocol: str = "TCP") -> Manifest:
    return {"protocol": protocol, "port": number}
