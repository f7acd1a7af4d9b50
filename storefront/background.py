"""What goes on beside requests: deliveries, sagas, scheduled jobs. One thread, or a process of its own."""

import logging
import threading
import time
from collections.abc import Collection, Iterable

from django.conf import settings
from django.db import close_old_connections, connections

from storefront import schedule
from storefront.events.outbox import is_owing
from storefront.events.relay import deliver
from storefront.nudge import awake, nudged
from storefront.sagas import runner
from storefront.topology import has_sagas

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
_started = threading.Lock()


def work_once(modules: Iterable[str]) -> int:
    """Do all that is due in `modules` now. Returns how many things were done."""
    done = 0
    for module in modules:
        if is_owing(module):
            done += deliver(module)
        if has_sagas(module):
            done += runner.run_due(module)
        done += schedule.run_due(module)
    return done


def work_nudged(modules: Collection[str]) -> None:
    """Do only what commits of this process have left to do in `modules`."""
    for module, work in sorted(nudged()):
        if module in modules and work == "sagas":
            runner.run_due(module)
        elif module in modules:
            deliver(module)


class Background(threading.Thread):
    """Polls each second, and at once after a commit of this process."""

    def __init__(self, modules: Iterable[str]) -> None:
        super().__init__(name="storefront-background", daemon=True)
        self._modules = tuple(modules)
        self._stopping = threading.Event()
        self._polled_at = 0.0

    def run(self) -> None:
        while not self._stopping.is_set():
            awake.wait(POLL_SECONDS)
            try:
                self._turn()
            except Exception:
                log.exception("The background work failed; it goes on in a second.")
                self._stopping.wait(POLL_SECONDS)
            close_old_connections()
        connections.close_all()

    def _turn(self) -> None:
        work_nudged(self._modules)
        if time.monotonic() - self._polled_at >= POLL_SECONDS:
            self._polled_at = time.monotonic()
            work_once(self._modules)

    def stop(self) -> None:
        """Finish what is at hand and end."""
        self._stopping.set()
        awake.set()


def start_background() -> Background | None:
    """Start the thread, once per process, where the settings want it in the serving process."""
    if settings.STOREFRONT_BACKGROUND != "thread" or not _started.acquire(blocking=False):
        return None
    background = Background(settings.STOREFRONT_MODULES)
    background.start()
    return background
