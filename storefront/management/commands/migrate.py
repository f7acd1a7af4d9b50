"""Bring every database of this process up to date, not only `default`."""

from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import DEFAULT_DB_ALIAS

from storefront.database.append_only import guard, log_in
from storefront.database.migrated import waiting
from storefront.database.router import alias_of
from storefront.database.schema import ensure_schema
from storefront.topology import modules_here


class Command(DjangoMigrate):
    """Django's own, for one alias after the other."""

    help = "Updates the schema of every database this process runs: `default`, then each module's own."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database=None)

    def get_check_kwargs(self, options: dict[str, Any]) -> Any:
        return super().get_check_kwargs(options) | {"databases": self._aliases(options)}

    def handle(self, *args: Any, **options: Any) -> None:
        for alias in self._aliases(options):
            self._migrate(alias, *args, **options)
            if not (options["plan"] or options["check_unapplied"]):
                guard(log_in(alias))

    def _aliases(self, options: dict[str, Any]) -> list[str]:
        if options["database"]:
            return [options["database"]]
        if options["app_label"]:
            return [alias_of(options["app_label"])]
        return [DEFAULT_DB_ALIAS, *modules_here()]

    def _migrate(self, alias: str, *args: Any, **options: Any) -> None:
        ensure_schema(alias)
        chosen = options | {"database": alias}
        is_whole_run = not (options["database"] or options["app_label"])
        if is_whole_run and alias != DEFAULT_DB_ALIAS:
            chosen["app_label"] = alias  # a module's database holds nothing of another app
        is_quiet = options["verbosity"] == 1 and is_whole_run and not (options["plan"] or options["check_unapplied"])
        if not is_quiet:
            super().handle(*args, **chosen)
            return
        count = waiting(alias)
        super().handle(*args, **chosen | {"verbosity": 0})
        self.stdout.write(f"{alias:<10} {f'{count} migrations applied' if count else 'up to date'}")
