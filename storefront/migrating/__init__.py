"""Migrations that old and new code live through together: a linter, and operations that lock nobody out."""

from storefront.migrating.operations import AddIndexQuietly

__all__ = ["AddIndexQuietly"]
