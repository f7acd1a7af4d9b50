"""Catalog as a Django app."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Provides the face of catalog in this process."""

    name = "modules.catalog"
    label = "catalog"
    verbose_name = "Catalog"

    def ready(self) -> None:
        from modules.catalog import handlers, queries, services, tasks  # noqa: F401  # handlers and tasks register
        from modules.catalog.interface import Catalog
        from storefront.calls.provider import provide

        provide(Catalog, services, queries)
