"""Which migrations a database still waits for."""

from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from storefront.database.router import alias_of


def waiting(alias: str) -> int:
    """How many migrations that touch this database are not applied yet."""
    executor = MigrationExecutor(connections[alias])
    targets = [node for node in executor.loader.graph.leaf_nodes() if alias_of(node[0]) == alias]
    return sum(alias_of(migration.app_label) == alias for migration, _ in executor.migration_plan(targets))
