"""Identity as a Django app: who signs in, with what, and the log of it."""

from django.apps import AppConfig


class HomeConfig(AppConfig):
    """Its tables lie in `default`, beside users and keys; only the home process writes them."""

    name = "storefront.home"
    label = "home"
    verbose_name = "Sign-in"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the settings checked wherever Django checks."""
        from storefront.home import checks  # noqa: F401  # registers itself
