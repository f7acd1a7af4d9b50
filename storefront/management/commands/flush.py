"""Empty a database, its audit log included."""

from typing import Any

from django.core.management.commands.flush import Command as DjangoFlush

from storefront.database.append_only import log_in, unguarded


class Command(DjangoFlush):
    """Django's own; lifts the guard of the audit log meanwhile, where DELETE is the only way to empty a table."""

    def handle(self, **options: Any) -> None:
        alias = options["database"]
        with unguarded(log_in(alias)):
            super().handle(**options)
