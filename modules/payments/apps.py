"""Payments as a Django app."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """Provides the face of payments in this process."""

    name = "modules.payments"
    label = "payments"
    verbose_name = "Payments"
