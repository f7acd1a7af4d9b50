"""Payments as a Django app."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """Provides the face of payments in this process."""

    name = "modules.payments"
    label = "payments"
    verbose_name = "Payments"
    roles = {
        "Payments: refunds": {"payment": ("view", "change")},
        "Support: read orders": {"payment": ("view",)},
    }

    def ready(self) -> None:
        """Answer for the face; declare the scheduled work."""
        from modules.payments import matters, queries, services, tasks  # noqa: F401
        from modules.payments.interface import Payments
        from storefront.calls.provider import provide

        provide(Payments, services, queries)
