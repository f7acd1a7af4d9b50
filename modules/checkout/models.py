"""Checkout: tables and constraints."""

from storefront.database.tables import platform_tables

platform_tables("checkout", sagas=True)
