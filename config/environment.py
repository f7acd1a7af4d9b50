"""What each variable of the environment may say: one that says otherwise keeps the shop from starting."""

from collections.abc import Iterable
from pathlib import Path

from storefront.environment.rules import Rule, address, networks, number, one_of, switch, whole
from storefront.topology.plan import BadTopology, Process, Topology, load

DAYS = whole(1, 36_500)
DATABASE = address("postgres", "postgresql", "sqlite")

RULES = {
    "DATABASE_POOL": whole(0, 1_000),
    "DATABASE_POOL_SECONDS": number(0.1, 600),
    "DATABASE_PREPARE": switch(),
    "DATABASE_URL": DATABASE,
    "DEBUG": switch(),
    "HTTPS": switch(),
    "LOG_LEVEL": one_of("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
    "PORT": whole(1, 65_535),
    "STATEMENT_TIMEOUT_MS": whole(0, 86_400_000),
    "STOREFRONT_BACKGROUND": one_of("thread", "none"),
    "STOREFRONT_CALLS": one_of("local", "loopback"),
    "STOREFRONT_CALLS_KEPT_DAYS": DAYS,
    "STOREFRONT_CALLS_SENT": whole(1, 10_000),
    "STOREFRONT_CALLS_SERVED": whole(1, 10_000),
    "STOREFRONT_WAITERS": whole(0, 10_000),
    "STOREFRONT_CLAIM_SECONDS": number(0, 3_600),
    "STOREFRONT_FACTS_KEPT_DAYS": DAYS,
    "STOREFRONT_INVOICE_YEARS": whole(1, 100),
    "STOREFRONT_PATIENCE": number(0.1, 100),
    "STOREFRONT_QUEUE_MS": whole(0, 60_000),
    "STOREFRONT_REFUND_LIMIT": number(0, 1_000_000_000),
    "STOREFRONT_REQUEST_SECONDS": number(0.1, 3_600),
    "STOREFRONT_SAGAS_KEPT_DAYS": DAYS,
    "STOREFRONT_SECOND_FACTOR": one_of("required", "offered"),
    "THROTTLES": switch(),
    "THROTTLE_STORAGE_URL": address("redis", "rediss", "redis+sentinel", "redis+cluster"),
    "TRUSTED_PROXIES": whole(0, 10),
    "WEBHOOK_HTTP_TARGETS": switch(),
    "WEBHOOK_TARGET_NETWORKS": networks(),
    "WEBHOOK_THREADS": whole(0, 1_000),
}


def rules(modules: Iterable[str]) -> dict[str, Rule]:
    """Of the project, and of the databases of these modules."""
    return RULES | {f"{module.upper()}_DATABASE_URL": DATABASE for module in modules}


def place(topology: str, process: str, topologies: Path) -> tuple[Topology, Process]:
    """The topology and the process of these names: without them no setting can be read.

    topologies: the folder of topology files.

    :raises SystemExit: there is no such one
    """
    try:
        found = load(topology, topologies)
        return found, found.process(process)
    except BadTopology as error:
        raise SystemExit(f"STOREFRONT_TOPOLOGY is {topology!r}, STOREFRONT_PROCESS is {process!r}: {error}") from error
