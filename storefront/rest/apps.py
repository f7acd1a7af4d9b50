"""The public API's own Django app: machine keys."""

from django.apps import AppConfig


class RestConfig(AppConfig):
    """Keys live in `default`: they belong to the installation, not to a module."""

    name = "storefront.rest"
    label = "rest"
    verbose_name = "API"
    default_auto_field = "django.db.models.BigAutoField"
