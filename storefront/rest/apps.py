"""The public API's own Django app: machine keys."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RestConfig(AppConfig):
    """Keys live in `default`: they belong to the installation, not to a module."""

    name = "storefront.rest"
    label = "rest"
    verbose_name = "API"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have `migrate` make the rights that operators are granted here on what other processes show."""
        from storefront.home.permissions import know_permissions_elsewhere
        from storefront.home.roles import make_roles

        post_migrate.connect(make_roles, sender=self, dispatch_uid="storefront.home.roles")
        post_migrate.connect(know_permissions_elsewhere, sender=self, dispatch_uid="storefront.home.permissions")
