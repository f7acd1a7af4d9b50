"""Checkout as a Django app."""

from django.apps import AppConfig


class CheckoutConfig(AppConfig):
    """Provides the face of checkout in this process."""

    name = "modules.checkout"
    label = "checkout"
    verbose_name = "Checkout"
