"""Checkout as a Django app."""

from django.apps import AppConfig


class CheckoutConfig(AppConfig):
    """Provides the face of checkout in this process."""

    name = "modules.checkout"
    label = "checkout"
    verbose_name = "Checkout"
    roles = {"Support: read orders": {"order": ("view",)}}

    def ready(self) -> None:
        """Bind the face to its bodies; hear and schedule."""
        from modules.checkout import handlers, queries, services, tasks  # noqa: F401
        from modules.checkout.interface import Checkout
        from storefront.calls.provider import provide

        provide(Checkout, services, queries)
