"""Webhooks as a Django app."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """Provides the face of webhooks in this process."""

    name = "modules.webhooks"
    label = "webhooks"
    verbose_name = "Webhooks"

    def ready(self) -> None:
        """Answer for the face; hear the facts that are public; declare the scheduled work."""
        from modules.webhooks import handlers, matters, queries, services, tasks  # noqa: F401  # they register themselves
        from modules.webhooks.interface import Webhooks
        from storefront.calls.provider import provide

        provide(Webhooks, services, queries)
