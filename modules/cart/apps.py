"""Cart as a Django app."""

from django.apps import AppConfig


class CartConfig(AppConfig):
    """Provides the face of cart in this process."""

    name = "modules.cart"
    label = "cart"
    verbose_name = "Cart"
