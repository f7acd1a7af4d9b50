"""The time of a play, in the place of the machine's, for its actors only; and chance, from its seed."""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import count
from typing import Any
from unittest.mock import patch

from storefront import clock, ids, schedule
from storefront.calls import pipeline, retry
from storefront.events import reach
from storefront.nudge import nudged
from storefront.testing.simulation.stage import Stage

BUILT_AT = datetime(2028, 2, 1, tzinfo=UTC)
"""When the shop of all plays was opened."""
FAR_OFF = 10_000_000.0
"""Between the monotonic clocks of two plays: what the shop's code had kept for some seconds is old in the next one."""

_plays = count(1)


def _of_play(fake: Callable[..., Any], real: Callable[..., Any]) -> Callable[..., Any]:
    """For threads of the play the one, for all others the other."""
    mother = threading.current_thread()

    def chosen(*args: Any) -> Any:
        thread = threading.current_thread()
        return (fake if thread is mother or thread.name.startswith("simulated ") else real)(*args)

    return chosen


@contextmanager
def played_time(stage: Stage, *, begins_at: datetime = BUILT_AT) -> Iterator[None]:
    """Give the shop's code the time of `stage`, and its chance."""
    base = FAR_OFF * next(_plays)

    class Played(datetime):
        """The instant of the play."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "datetime":  # type: ignore[override]
            return begins_at + timedelta(seconds=stage.now - stage.stepped_back)

    def nanoseconds() -> int:
        return int((begins_at.timestamp() + stage.now - stage.stepped_back) * 1_000_000_000)

    def hexadecimal(size: int = 16) -> str:
        return f"{stage.random.getrandbits(size * 8):0{size * 2}x}"

    with ExitStack() as stack:
        for target, name, fake in (
            (time, "monotonic", lambda: base + stage.now), (time, "time_ns", nanoseconds), (time, "sleep", stage.sleep),
            (secrets, "randbits", stage.random.getrandbits), (secrets, "token_hex", hexadecimal),
        ):
            stack.enter_context(patch.object(target, name, _of_play(fake, getattr(target, name))))
        stack.enter_context(patch.object(clock, "datetime", Played))
        stack.enter_context(patch.object(pipeline, "random", stage.random))
        stack.enter_context(patch.object(ids, "_last", 0))
        forget()
        yield
    forget()


def forget() -> None:
    """As a process that has just started."""
    schedule.forget()
    retry.forget()
    reach.forget()
    nudged()
