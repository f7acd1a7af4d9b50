"""Bring every database of this process up to date, not only `default`."""

from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

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
        waiting = _count_of_waiting(alias)
        super().handle(*args, **chosen | {"verbosity": 0})
        self.stdout.write(f"{alias:<10} {f'{waiting} migrations applied' if waiting else 'up to date'}")


def _count_of_waiting(alias: str) -> int:
    """How many migrations that touch this database are not applied yet."""
    executor = MigrationExecutor(connections[alias])
    targets = [node for node in executor.loader.graph.leaf_nodes() if alias_of(node[0]) == alias]
    return sum(alias_of(migration.app_label) == alias for migration, _ in executor.migration_plan(targets))
