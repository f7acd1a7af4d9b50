"""Moves a module's rows to another database: copied and compared, or replicated while orders flow."""
