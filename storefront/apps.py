"""The platform as a Django app: commands and system checks."""

from django.apps import AppConfig


class StorefrontConfig(AppConfig):
    """Carries no tables of its own: they live with the modules."""

    name = "storefront"
    label = "storefront"
