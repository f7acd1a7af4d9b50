"""Shipping as a Django app."""

from django.apps import AppConfig


class ShippingConfig(AppConfig):
    """Provides the face of shipping in this process."""

    name = "modules.shipping"
    label = "shipping"
    verbose_name = "Shipping"
    roles = {
        "Shipping: parcels": {"shipment": ("view", "change")},
        "Support: read orders": {"shipment": ("view",)},
    }

    def ready(self) -> None:
        """Answer for the face; hear the inbox; check the settings."""
        from modules.shipping import checks, handlers, matters, queries, services, tasks  # noqa: F401  # they register
        from modules.shipping.interface import Shipping
        from storefront.calls.provider import provide

        provide(Shipping, services, queries)
