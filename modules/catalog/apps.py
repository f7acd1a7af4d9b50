"""Catalog as a Django app."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Provides the face of catalog in this process."""

    name = "modules.catalog"
    label = "catalog"
    verbose_name = "Catalog"
