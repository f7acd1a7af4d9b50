"""Payment providers by name. The setting `PAYMENT_PROVIDERS` maps names to dotted paths; `sandbox` is the default."""

from collections.abc import Mapping
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from modules.payments.interface import UnknownProvider
from modules.payments.providers.checked import Checked
from modules.payments.providers.protocol import PaymentProvider

DEFAULT = {"sandbox": "modules.payments.sandbox.provider.Sandbox"}


def provider_of(name: str) -> PaymentProvider:
    """The adapter registered under `name`.

    :raises UnknownProvider: there is none
    """
    path = paths().get(name)
    if path is None:
        raise UnknownProvider(provider=name)
    return _made(name, path)


def paths() -> Mapping[str, str]:
    """Where each provider's adapter is, by the provider's name."""
    return getattr(settings, "PAYMENT_PROVIDERS", DEFAULT)


@cache
def _made(name: str, path: str) -> PaymentProvider:
    return Checked(name, import_string(path)())
