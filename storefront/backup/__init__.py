"""Backups of all modules at one instant, and their way back.

On SQLite a file per module is copied; on PostgreSQL each table, by COPY, so that no program beside this one is needed.
"""
