"""Rates: how often a client may ask. Counted in this process, or in Redis for all of them."""

import logging
import time
from functools import cache
from threading import Lock
from typing import Any, NamedTuple, cast

from django.conf import settings
from django.core.signals import setting_changed
from limits import parse
from limits.storage import Storage, storage_from_string
from rest_framework.throttling import BaseThrottle

from storefront.interface import NotFound
from storefront.rest.client import network_of
from storefront.rest.fault import Fault

log = logging.getLogger(__name__)

RATES = {
    "read": "6000/minute",
    "write": "1200/minute",
    "cart.write": "600/minute",
    "checkout.write": "300/minute",
    "checkout.complete": "60/minute",
    "payment.write": "300/minute",
    "coupon": "30/minute",
    "credentials": "30/minute",
    "guesses": "300/minute",
    "webhook": "6000/minute",
}
"""Per client; the setting `THROTTLE_RATES` overrides single ones. `THROTTLES=off` counts nothing."""

STORAGE_SECONDS = 0.1
"""How long a storage outside this process may take: longer, and it counts as failed."""
PAUSE_SECONDS = 5.0
"""How long a storage that failed is left alone: an outage must not cost every request a timeout."""


class Rate(NamedTuple):
    """So many requests in a window of so many seconds."""

    amount: int
    seconds: int
    policy: str


class Counters(Storage):
    """Counters of this process. Lighter than the library's own memory storage, which starts a thread to expire."""

    STORAGE_SCHEME = ["counters"]
    SWEEP_AT = 20_000

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: Any) -> None:
        super().__init__(uri, wrap_exceptions, **options)
        self._counts: dict[str, list[float]] = {}
        self._lock = Lock()

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, and tell the count. expiry: seconds from the first."""
        with self._lock:
            now = time.monotonic()
            entry = self._counts.get(key)
            if entry is None or entry[1] <= now:
                if len(self._counts) >= self.SWEEP_AT:
                    self._sweep(now)
                entry = self._counts[key] = [0, now + expiry]
            entry[0] += amount
            return int(entry[0])

    def _sweep(self, now: float) -> None:
        self._counts = {key: entry for key, entry in self._counts.items() if entry[1] > now}
        if len(self._counts) >= self.SWEEP_AT:  # more clients than memory is set aside for: forget, never refuse
            self._counts = {}

    def get(self, key: str) -> int:
        entry = self._counts.get(key)
        return int(entry[0]) if entry and entry[1] > time.monotonic() else 0

    def get_expiry(self, key: str) -> float:
        entry = self._counts.get(key)
        return time.time() + max(0.0, entry[1] - time.monotonic()) if entry else time.time()

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        with self._lock:
            count, self._counts = len(self._counts), {}
        return count

    def clear(self, key: str) -> None:
        with self._lock:
            self._counts.pop(key, None)


class _Health:
    paused_until = 0.0
    storage: Storage | None = None
    opening = Lock()  # the library imports its driver lazily, which two threads at once would see half done


def admit(request: Any, scope: str, *, client: str = "") -> dict[str, str]:
    """Count one request against a rate; returns the headers that tell what is left.

    client: who is counted; the address of the request by default, of IPv6 its network.

    :raises Fault: 429 beyond the rate
    """
    if not getattr(settings, "THROTTLES", True):
        return {}
    rate = rate_of(scope)
    now = time.time()
    window = int(now / rate.seconds)
    count = _counted(f"{scope}/{client or network_of(request)}/{window}", rate.seconds)
    if count is None:
        return {}
    left, reset = rate.amount - count, rate.seconds - int(now) % rate.seconds
    headers = {"RateLimit-Policy": rate.policy, "RateLimit": f'"{scope}";r={max(0, left)};t={reset}'}
    if left < 0:
        headers["Retry-After"] = str(reset)
        raise Fault(
            "throttled", f"{rate.amount} requests in {rate.seconds} s are admitted here; try again in {reset} s.",
            status=429, headers=headers,
        )
    return headers


def is_spent(request: Any, scope: str, *, client: str = "") -> bool:
    """Whether the next request of this client would be beyond the rate; counts nothing."""
    if not getattr(settings, "THROTTLES", True):
        return False
    rate = rate_of(scope)
    window = int(time.time() / rate.seconds)
    count = _counted(f"{scope}/{client or network_of(request)}/{window}", rate.seconds, amount=0)
    return count is not None and count >= rate.amount


def slowed(error: Exception, request: Any) -> Exception:
    """What to tell somebody without a key who asked for a thing that is not there: after too many of them, 429.

    Ids are secrets of 130 bits, so guessing is hopeless; this keeps it cheap for us, too. Who knows an id is let in.
    """
    if not isinstance(error, NotFound) or request.auth is not None:
        return error
    try:
        admit(request, "guesses")
    except Fault as fault:
        return fault
    return error


def _counted(key: str, seconds: int, *, amount: int = 1) -> int | None:
    """The count, or None while the storage is down: then everybody is admitted."""
    if _Health.paused_until > time.monotonic():
        return None
    try:
        return int((_Health.storage or _opened()).incr(key, seconds, amount))
    except Exception as error:
        _Health.paused_until = time.monotonic() + PAUSE_SECONDS
        log.warning("The throttles' storage is down; everybody is admitted for now.", exc_info=error)
        return None


@cache
def rate_of(scope: str) -> Rate:
    """The rate of a scope; one that nobody set is that of its last word, or of `write`."""
    rates = RATES | getattr(settings, "THROTTLE_RATES", {})
    item = parse(rates.get(scope) or rates.get(scope.rpartition(".")[2]) or rates["write"])
    return Rate(item.amount, item.get_expiry(), f'"{scope}";q={item.amount};w={item.get_expiry()}')


def _opened() -> Storage:
    uri: str = getattr(settings, "THROTTLE_STORAGE_URL", "") or "counters://"
    is_away = uri.startswith(("redis", "valkey"))
    options = dict.fromkeys(("socket_timeout", "socket_connect_timeout"), STORAGE_SECONDS) if is_away else {}
    with _Health.opening:
        if _Health.storage is None:
            _Health.storage = cast("Storage", storage_from_string(uri, **options))
        return _Health.storage


def start_afresh(**_: Any) -> None:
    """Forget every count and read the settings again."""
    rate_of.cache_clear()
    _Health.storage = None
    _Health.paused_until = 0.0


def _setting_changed(*, setting: str, **_: Any) -> None:
    if setting.startswith("THROTTLE"):
        start_afresh()


setting_changed.connect(_setting_changed)


class Throttle(BaseThrottle):
    """For DRF views that are not module views."""

    def allow_request(self, request: Any, view: Any) -> bool:
        admit(request, "read" if request.method in ("GET", "HEAD", "OPTIONS") else "write")
        return True
