"""Shipping as a Django app."""

from django.apps import AppConfig


class ShippingConfig(AppConfig):
    """Provides the face of shipping in this process."""

    name = "modules.shipping"
    label = "shipping"
    verbose_name = "Shipping"

    def ready(self) -> None:
        """Answer for the face; hear the inbox."""
        from modules.shipping import handlers, queries, services  # noqa: F401  # handlers register themselves
        from modules.shipping.interface import Shipping
        from storefront.calls.provider import provide

        provide(Shipping, services, queries)
