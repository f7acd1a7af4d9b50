"""What goes on beside requests: deliveries, sagas, scheduled jobs. One thread, or a process of its own."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable
from functools import partial
from multiprocessing.util import Finalize

from django.conf import settings
from django.db import OperationalError, close_old_connections, connections

from storefront import schedule
from storefront.events.outbox import is_owing
from storefront.events.relay import deliver
from storefront.heartbeat import beat
from storefront.nudge import Work, awake, nudged
from storefront.sagas import runner
from storefront.topology import has_sagas

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
END_SECONDS = 8.0
"""For what is at hand when the process ends; whoever started it gives it 10."""
_started = threading.Lock()


def work_once(modules: Iterable[str], *, is_ending: Callable[[], bool] = runner.never) -> int:
    """Do all that is due in `modules` now. Returns how many things were done.

    is_ending: whether sagas are to be let go, as they stand, for another process.
    """
    done = 0
    for module in modules:
        if is_owing(module):
            done += deliver(module)
        if has_sagas(module):
            done += runner.run_due(module, is_ending=is_ending)
        done += schedule.run_due(module)
    return done


def work_nudged(modules: Collection[str]) -> None:
    """Do only what commits of this process have left to do in `modules`."""
    for module, work in sorted(nudged()):
        if module in modules:
            _follow_up(module, work)


def _follow_up(module: str, work: Work, *, is_ending: Callable[[], bool] = runner.never) -> None:
    if work == "sagas":
        runner.run_due(module, is_ending=is_ending)
    else:
        deliver(module)


class Background(threading.Thread):
    """Polls each second, and at once after a commit of this process.

    polls: False where others see to what is due, and only the commits of this process are followed up at once.
    """

    def __init__(self, modules: Iterable[str], *, polls: bool = True) -> None:
        super().__init__(name="storefront-background", daemon=True)
        self._modules = tuple(modules)
        self._polls = polls
        self._stopping = threading.Event()
        self._polled_at = 0.0

    def run(self) -> None:
        while not self._stopping.is_set():
            awake.wait(POLL_SECONDS)
            beat()
            self._turn()
            close_old_connections()
        connections.close_all()

    def _turn(self) -> None:
        """Each module by itself: trouble with one of them is not the others'."""
        is_ending = self._stopping.is_set
        for module, work in sorted(nudged()):
            if module in self._modules:
                _guarded(module, partial(_follow_up, module, work, is_ending=is_ending))
        if self._polls and time.monotonic() - self._polled_at >= POLL_SECONDS:
            self._polled_at = time.monotonic()
            for module in self._modules:
                _guarded(module, partial(work_once, (module,), is_ending=is_ending))

    def stop(self) -> None:
        """Finish what is at hand and end."""
        self._stopping.set()
        awake.set()

    def end(self) -> None:
        """Stop, and wait for it, so that no lease outlives the process."""
        self.stop()
        self.join(END_SECONDS)


def _guarded(module: str, work: Callable[[], object]) -> None:
    """What fails is tried again when it is due; its database may be away, or closed because the module moves."""
    try:
        work()
    except OperationalError as error:
        log.warning(
            "A module's database takes no work at present; it is asked again in a second.",
            extra={"module_name": module, "error": f"{error}"},
        )
    except Exception:
        log.exception("The background work failed; it goes on in a second.", extra={"module_name": module})


def start_background(*, polls: bool = True) -> Background | None:
    """Start the thread, once per process, where the settings want it in the serving process."""
    if settings.STOREFRONT_BACKGROUND != "thread" or not _started.acquire(blocking=False):
        return None
    background = Background(settings.STOREFRONT_MODULES, polls=polls)
    background.start()
    Finalize(None, background.end, exitpriority=1)  # servers fork their workers, which run no `atexit`
    return background
