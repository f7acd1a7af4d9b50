"""A deadlock is told of where it happens: whoever asked is answered "try again", tries again, and would never tell."""

import logging
from collections.abc import Callable
from typing import Any

from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

log = logging.getLogger(__name__)

DEADLOCK_DETECTED = "40P01"
"""PostgreSQL's SQLSTATE of it. SQLite has one writer, and none of these."""


def tell_of_deadlocks(*, connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Whenever a connection is opened; one that was opened before watches already."""
    if connection.vendor == "postgresql" and _executing not in connection.execute_wrappers:
        connection.execute_wrappers.append(_executing)


def _executing(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    try:
        return execute(sql, params, many, context)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) == DEADLOCK_DETECTED:
            log.exception(
                "PostgreSQL: deadlock detected. Two transactions lock the same rows in different orders.",
                extra={"database": context["connection"].alias},
            )
        raise
