"""Empty a database, its audit log included."""

from typing import Any

from django.core.management.commands.flush import Command as DjangoFlush

from storefront.database.append_only import log_in, unguarded


class Command(DjangoFlush):
    """Django's own; the guards of the audit log and of ledgers let it pass meanwhile."""

    def handle(self, **options: Any) -> None:
        alias = options["database"]
        with unguarded(log_in(alias)):
            super().handle(**options)
