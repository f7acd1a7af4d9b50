"""Turns work away at the door while more comes than can be done, so that what is let in is done in time.

The server's threads take requests from a queue that Python does not see. But whoever sends one says when: processes of
the shop in `Storefront-Sent-At`, the gateway in `X-Request-Start`. The difference to the moment at which a thread takes
it up is how long it has waited, once the two machines' clocks are compared: that is done whenever this process is idle,
because then nothing waits.

A burst may wait. Only a queue that has stood for half a second, with nothing in it that waited less than
STOREFRONT_QUEUE_MS, is an overload. From then on nothing is begun that waited for more than a quarter of that, which
empties the queue at once, until a request comes through unqueued. Source: Nygard and Jacobson, "Controlling Queue
Delay", 2012, as Facebook adapted it to servers ("Fail at Scale", 2015).
"""

import time
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

GUARDED = ("/api/", "/_call/")
WAITED = "storefront.waited_seconds"
"""Where the WSGI environment tells how long a request has waited."""

STANDING_SECONDS = 0.5
UNQUEUED_SECONDS = 0.005
IDLE_SECONDS = 0.005
MOST_ADDRESSES = 1024

_BODY = (
    b'{"type":"/problems/unavailable","title":"Unavailable","status":503,"code":"unavailable",'
    b'"detail":"More is asked than can be done. Nothing was done; try again, with the same Idempotency-Key."}'
)
_HEADERS = [
    ("Content-Type", "application/problem+json"), ("Content-Length", str(len(_BODY))), ("Retry-After", "1"),
]


class Queue:
    """What this process knows of the queue before it. Seconds; `now` is on the wall clock, as the senders' are."""

    def __init__(self, *, standing_seconds: float) -> None:
        self._tolerated = standing_seconds
        self._lock = Lock()
        self._clocks: dict[str, float] = {}
        """Sender's address -> what its clock, and the way, are behind ours."""
        self._at_work = 0
        self._ended_at = 0.0
        self._stands_since: float | None = None
        self.is_overloaded = False

    def waited(self, address: str, sent_at: float, *, now: float) -> float:
        """How long a request that `address` sent at `sent_at`, by its own clock, has waited here."""
        behind = now - sent_at
        with self._lock:
            is_idle = self._at_work == 0 and now - self._ended_at > IDLE_SECONDS
            if len(self._clocks) >= MOST_ADDRESSES and address not in self._clocks:
                self._clocks.clear()
            known = behind if is_idle else min(behind, self._clocks.get(address, behind))
            self._clocks[address] = known
        return behind - known

    def lets_in(self, waited: float, *, now: float) -> bool:
        """Whether to begin with what has waited so long."""
        if waited < UNQUEUED_SECONDS:
            self.is_overloaded = False
        if waited < self._tolerated:
            self._stands_since = None
        elif self._stands_since is None:
            self._stands_since = now
        elif now - self._stands_since > STANDING_SECONDS:
            self.is_overloaded = True
        return not self.is_overloaded or waited <= self._tolerated / 4

    def begin(self) -> None:
        """A thread has something to do."""
        with self._lock:
            self._at_work += 1

    def end(self, *, now: float) -> None:
        """It has done it."""
        with self._lock:
            self._at_work -= 1
            self._ended_at = now


class Admission:
    """A WSGI application around another."""

    def __init__(self, application: Application, *, queue_ms: int) -> None:
        """queue_ms: milliseconds that requests may wait for long; 0 lets everything in."""
        self._application = application
        self._queue = Queue(standing_seconds=queue_ms / 1000)
        self._is_on = queue_ms > 0

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer 503 at once, or let it through."""
        if not (self._is_on and environ["PATH_INFO"].startswith(GUARDED)):
            return self._application(environ, start_response)
        queue, now, sent_at = self._queue, time.time(), _sent_at(environ)
        if sent_at is not None:
            waited = queue.waited(environ.get("REMOTE_ADDR", ""), sent_at, now=now)
            if not queue.lets_in(waited, now=now):
                start_response("503 Service Unavailable", _HEADERS)
                return [_BODY]
            environ[WAITED] = waited
        queue.begin()
        try:
            return self._application(environ, start_response)
        finally:
            queue.end(now=time.time())


def _sent_at(environ: dict[str, Any]) -> float | None:
    """Seconds since 1970 by the sender's clock, from `1700000000123` or nginx's `t=1700000000.123`."""
    try:
        if told := environ.get("HTTP_STOREFRONT_SENT_AT"):
            return int(told) / 1000
        if told := environ.get("HTTP_X_REQUEST_START"):
            return float(told.removeprefix("t="))
    except ValueError:
        pass
    return None
