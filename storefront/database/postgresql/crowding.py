"""A server that takes no more connections, or soon will not: the log says what to set, once a minute at most.

How many threads will want one, in how many processes, is known to whoever starts them and not to us. How many there
are, PostgreSQL tells: so each new connection is an occasion to look, at a fraction of what connecting costs.
"""

import logging
import re
import threading
import time
from typing import Any

log = logging.getLogger(__name__)

NEARLY = 0.8
"""The part of its connections from which a server counts as nearly full."""
PAUSE_SECONDS = 60.0

_FULL = re.compile(r"too many (?:clients|connections)|connection slots are reserved|no more connections allowed")
"""As PostgreSQL and PgBouncer say it: of a connection that is refused the driver tells no SQLSTATE (it is 53300)."""
_COUNTED = """
SELECT coalesce(sum(numbackends), 0)::int,
current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
FROM pg_stat_database
"""

_lock = threading.Lock()
_said_at: dict[int, float] = {}


def look(alias: str, connection: Any) -> None:
    """Warn if the server that this connection has just been made to is nearly full."""
    used, most = connection.execute(_COUNTED).fetchone()
    if used >= most * NEARLY and _is_time(logging.WARNING):
        log.warning(
            "PostgreSQL has given out nearly all its connections. When they are gone, requests are answered 503: set"
            " DATABASE_POOL, or raise max_connections (docs/production.md, Connections).",
            extra={"alias": alias, "given_out": used, "in_all": most},
        )


def refused(alias: str, error: Exception) -> None:
    """Say so if no connection was left for us."""
    if _FULL.search(f"{error}") and _is_time(logging.ERROR):
        log.error(
            "PostgreSQL has no connection left, and requests are answered 503: set DATABASE_POOL, or raise"
            " max_connections (docs/production.md, Connections).", extra={"alias": alias},
        )


def _is_time(level: int) -> bool:
    now = time.monotonic()
    with _lock:
        is_time = now - _said_at.get(level, -PAUSE_SECONDS) >= PAUSE_SECONDS
        if is_time:
            _said_at[level] = now
    return is_time
