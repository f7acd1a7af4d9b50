"""Empty a database, its audit log included."""

from contextlib import nullcontext
from typing import Any

from django.core.management.commands.flush import Command as DjangoFlush

from storefront.database.append_only import unguarded
from storefront.topology import modules_here


class Command(DjangoFlush):
    """Django's own; lifts the guard of the audit log meanwhile, where DELETE is the only way to empty a table."""

    def handle(self, **options: Any) -> None:
        alias = options["database"]
        with unguarded(alias) if alias in modules_here() else nullcontext():
            super().handle(**options)
