"""Inventory as a Django app."""

from django.apps import AppConfig


class InventoryConfig(AppConfig):
    """Provides the face of inventory in this process."""

    name = "modules.inventory"
    label = "inventory"
    verbose_name = "Inventory"
