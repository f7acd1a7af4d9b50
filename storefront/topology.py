"""Which modules this process runs."""

from functools import cache

from django.apps import apps
from django.conf import settings


def modules_here() -> tuple[str, ...]:
    """The modules of this process, in the order of their names."""
    return tuple(settings.STOREFRONT_MODULES)


@cache
def has_sagas(module: str) -> bool:
    """Whether the module keeps sagas."""
    return "sagarow" in apps.all_models[module]
