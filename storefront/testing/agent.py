"""In each process that a test run has started: does what the run asks, and ends with it.

The shop's background thread works on beside it, as in production. What the agent adds can be told from outside only:
the clock, whether all work is done, which statements were sent.
"""

import os
import signal
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from multiprocessing.connection import Client, Connection
from typing import Any

import msgspec

ENVIRONMENT = "STOREFRONT_TEST_ORDERS"
_WRITING = ("INSERT", "UPDATE", "DELETE", "WITH")


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """What a test run tells a process at its start, by `STOREFRONT_TEST_ORDERS`."""

    name: str
    serves: bool
    """Whether it is a server, which has work of its own; a worker only does what it is sent."""
    address: str
    """Of the socket where the run listens."""
    secret: str
    settings: str
    databases: dict[str, str]
    wiring: str

    @classmethod
    def read(cls, text: str) -> "Orders":
        """From the environment."""
        return msgspec.json.decode(text, type=cls)


class Standing(msgspec.Struct, frozen=True):
    """How a process stands: things it did when asked, writes it made by itself, whether it is at work."""

    done: int
    writes: int
    is_busy: bool


class Agent(threading.Thread):
    """Answers the test run, one request after the other, until the run is gone; then the process goes too."""

    def __init__(self, orders: Orders) -> None:
        super().__init__(name="storefront-test-agent", daemon=True)
        self._orders = orders
        self._turn = threading.Lock()
        self._is_paused = False
        self._writes = 0
        self._seen: list[tuple[str, str]] | None = None

    def begin(self) -> None:
        """Report to the test run and listen to it."""
        self._watch_background()
        self._watch_statements()
        self._line: Connection = Client(self._orders.address, "AF_UNIX", bytes.fromhex(self._orders.secret))
        self._line.send(self._orders.name)
        self.start()

    def run(self) -> None:
        try:
            while True:
                name, arguments = self._line.recv()
                try:
                    answer = getattr(self, f"_{name}")(**arguments)
                except Exception as error:
                    answer = error
                self._line.send(answer)
        except (EOFError, OSError):
            os.killpg(os.getpgid(0), signal.SIGKILL)  # the run is over, however it ended

    def _watch_background(self) -> None:
        from storefront.background import Background

        background: Any = Background
        turn = background._turn

        def guarded(thread: Background) -> None:
            with self._turn:
                turn(thread)

        background._turn = guarded

    def _watch_statements(self) -> None:
        from django.db.backends.signals import connection_created

        def watch(*, connection: Any, **_: Any) -> None:
            if self._executing not in connection.execute_wrappers:  # one of a pool's is opened again and again
                connection.execute_wrappers.append(self._executing)

        connection_created.connect(watch, weak=False)

    def _executing(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if threading.current_thread() is not self and sql.lstrip().upper().startswith(_WRITING):
            self._writes += 1
        if self._seen is not None:
            self._seen.append((context["connection"].alias, sql))
        return execute(sql, params, many, context)

    def _start_test(self) -> None:
        """As a process that has just started, with the clock right and the background at work."""
        from storefront import clock, schedule
        from storefront.calls import retry
        from storefront.events import reach
        from storefront.nudge import nudged

        clock.reset()
        schedule.forget()
        retry.forget()
        reach.forget()
        nudged()
        self._seen = None
        self._resume()

    def _turn_clock(self, seconds: float) -> None:
        from storefront import clock

        clock.turn(timedelta(seconds=seconds))

    def _pause(self) -> None:
        """The background finishes what is at hand and waits."""
        if not self._is_paused:
            self._turn.acquire()
            self._is_paused = True

    def _resume(self) -> None:
        if self._is_paused:
            self._is_paused = False
            self._turn.release()

    def _work(self) -> Standing:
        """Do all that is due, beside the background."""
        from storefront.background import work_once
        from storefront.topology import modules_here

        done = work_once(modules_here()) if self._orders.serves else 0
        return Standing(done, self._writes, self._turn.locked() and not self._is_paused)

    def _work_nudged(self) -> bool:
        """Do what commits of this process have left to do; whether there was any."""
        from storefront.background import work_nudged
        from storefront.nudge import awake
        from storefront.topology import modules_here

        was_awake = awake.is_set()
        work_nudged(modules_here())
        return was_awake

    def _manage(self, words: Sequence[str]) -> tuple[str, str]:
        """Give a command of `manage.py` here."""
        from storefront.testing.managing import managed

        return managed(words)

    def _record(self) -> None:
        self._seen = []

    def _recorded(self) -> list[tuple[str, str]]:
        seen, self._seen = self._seen or [], None
        return seen
