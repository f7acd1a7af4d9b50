"""The back office as a Django app: it stands between the theme and the admin, which fills it."""

from django.apps import AppConfig
from django.contrib import admin
from django.contrib.admin import sites


class BackOfficeConfig(AppConfig):
    """Carries no tables of its own: audit logs live with the modules."""

    name = "storefront.backoffice"
    label = "backoffice"

    def ready(self) -> None:
        """Be the site that every admin class registers with."""
        from storefront.backoffice.site import BackOffice

        admin.site = sites.site = BackOffice()
