"""Shipping as a Django app."""

from django.apps import AppConfig


class ShippingConfig(AppConfig):
    """Provides the face of shipping in this process."""

    name = "modules.shipping"
    label = "shipping"
    verbose_name = "Shipping"
