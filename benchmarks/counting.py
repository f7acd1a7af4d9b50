"""The shop, served by one process that counts what it asks of its databases: `GET /_statements` tells it.

Statements are counted as the tests count them: what modules and platform send, without BEGIN, COMMIT and session
settings. Commits are counted beside them.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

COUNTS: Counter[str] = Counter()
BACKGROUND = "storefront-background"


def _when() -> str:
    return "later" if threading.current_thread().name == BACKGROUND else "at once"


def _count(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    COUNTS[f"statements {_when()}"] += 1
    return execute(sql, params, many, context)


def _commit(connection: BaseDatabaseWrapper) -> Any:
    COUNTS[f"commits {_when()}"] += 1
    return commit(connection)


def _watch(connection: BaseDatabaseWrapper, **_: Any) -> None:
    if _count not in connection.execute_wrappers:
        connection.execute_wrappers.append(_count)


connection_created.connect(_watch)
commit = BaseDatabaseWrapper._commit  # type: ignore[attr-defined]  # Django has no other place to see it
BaseDatabaseWrapper._commit = _commit  # type: ignore[attr-defined]

from config.wsgi import application as shop  # noqa: E402  # after the counter, or the background would escape it


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The shop, and one path beside it."""
    if environ["PATH_INFO"] != "/_statements":
        return shop(environ, start_response)
    body = json.dumps(COUNTS).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
