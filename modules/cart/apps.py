"""Cart as a Django app."""

from django.apps import AppConfig


class CartConfig(AppConfig):
    """Provides the face of cart in this process."""

    name = "modules.cart"
    label = "cart"
    verbose_name = "Cart"

    def ready(self) -> None:
        from modules.cart import queries, services, tasks  # noqa: F401  # tasks: its jobs declare themselves
        from modules.cart.interface import Cart
        from storefront.calls.provider import provide

        provide(Cart, services, queries)
