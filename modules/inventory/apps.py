"""Inventory as a Django app."""

from django.apps import AppConfig


class InventoryConfig(AppConfig):
    """Provides the face of inventory in this process."""

    name = "modules.inventory"
    label = "inventory"
    verbose_name = "Inventory"
    roles = {"Inventory: counting": {"level": ("view", "change"), "stockitem": ("view",), "location": ("view",)}}

    def ready(self) -> None:
        from modules.inventory import queries, services, tasks  # noqa: F401  # tasks: declares its jobs
        from modules.inventory.interface import Inventory
        from storefront.calls.provider import provide

        provide(Inventory, services, queries)
