"""Who runs where: what this process runs, and where it finds the rest."""

from functools import cache

from django.apps import apps
from django.conf import settings

from storefront.topology.plan import Process, Topology


def modules_here() -> tuple[str, ...]:
    """The modules of this process, in the order of their names."""
    return tuple(settings.STOREFRONT_MODULES)


def topology() -> Topology:
    """The whole shop."""
    return settings.STOREFRONT_TOPOLOGY


def process_here() -> Process:
    """This process, as the topology knows it."""
    return settings.STOREFRONT_PROCESS


def is_home() -> bool:
    """Whether operators sign in at this process, and machine keys are kept in its database."""
    return process_here().name == topology().home.name


@cache
def has_sagas(module: str) -> bool:
    """Whether the module keeps sagas."""
    return "sagarow" in apps.all_models[module]
