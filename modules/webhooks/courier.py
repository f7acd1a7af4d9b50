"""Who carries messages: threads beside the background work, so that a slow endpoint holds up nobody else."""

import logging
import threading
from collections.abc import Callable

from django.conf import settings
from django.db import connections

from modules.webhooks.claiming import AT_ONCE, claim, endpoints_with_work
from modules.webhooks.sending import nothing, send
from storefront import clock

log = logging.getLogger(__name__)

_lock = threading.Lock()
_rounds: dict[str, int] = {}
"""Endpoint -> how many threads of this process carry its messages."""


def dispatch() -> int:
    """Set out to deliver what is due. Returns how many messages were sent here; none where threads do it."""
    now, sent = clock.now(), 0
    for endpoint_id in endpoints_with_work(now):
        if settings.WEBHOOK_THREADS <= 0:
            sent += carry(endpoint_id)
        else:
            _send_out(endpoint_id)
    return sent


def carry(endpoint_id: str, *, before_asking: Callable[[], object] = nothing) -> int:
    """Send what an endpoint is owed, one message after the other; returns how many attempts were made.

    before_asking: called before each request, which may take long.
    """
    count = 0
    while (message := claim(endpoint_id, now=clock.now())) is not None:
        send(message, before_asking=before_asking)
        count += 1
    return count


def _send_out(endpoint_id: str) -> None:
    """Another thread for this endpoint, within the limits of the process and of one endpoint."""
    with _lock:
        mine = _rounds.get(endpoint_id, 0)
        if sum(_rounds.values()) >= settings.WEBHOOK_THREADS or mine >= AT_ONCE:
            return
        _rounds[endpoint_id] = mine + 1
    threading.Thread(target=_round, args=(endpoint_id,), name="storefront-webhooks", daemon=True).start()


def _round(endpoint_id: str) -> None:
    try:
        carry(endpoint_id, before_asking=connections.close_all)  # others may need them meanwhile
    except Exception:
        log.exception("Webhooks could not be carried; they are tried again.", extra={"endpoint": endpoint_id})
    finally:
        with _lock:
            _rounds[endpoint_id] -= 1
            if not _rounds[endpoint_id]:
                del _rounds[endpoint_id]
        connections.close_all()
