"""The platform as a Django app: commands and system checks."""

from django.apps import AppConfig


class StorefrontConfig(AppConfig):
    """Carries no tables of its own: they live with the modules."""

    name = "storefront"
    label = "storefront"

    def ready(self) -> None:
        """Have the environment, the borders, the broker and the topology checked wherever Django checks.

        And each connection closed with its thread, and told of when a deadlock ends its transaction.
        """
        from django.db.backends.signals import connection_created

        from storefront.boundaries import checks  # noqa: F401  # registers itself
        from storefront.database.deadlock import tell_of_deadlocks
        from storefront.database.ending import close_with_the_thread
        from storefront.environment import checks as _environment  # noqa: F401
        from storefront.events import checks as _  # noqa: F401
        from storefront.keeping import checks as _keeping  # noqa: F401
        from storefront.keeping.platform import look_after
        from storefront.personal import checks as _personal  # noqa: F401
        from storefront.topology import checks as _topology  # noqa: F401
        from storefront.topology import modules_here

        connection_created.connect(close_with_the_thread)
        connection_created.connect(tell_of_deadlocks)
        for module in modules_here():
            look_after(module)
