"""The moments at which a process can die and leave something behind.

They are found by watching: every commit that carries a write, every write that commits itself, every command to another
module, every question to the bank and to a carrier. A step that is added tomorrow has its moments here without an edit.
"""

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from time import sleep
from typing import Any

from modules.payments.sandbox.provider import Sandbox
from modules.shipping.carriers.sandbox import SandboxCarrier
from storefront.calls import stub
from storefront.calls.pipeline import call
from storefront.interface import Operation
from storefront.sagas.definition import SAGAS
from storefront.testing.faults.points import watch_commits
from tests.faults.report import Moment

BANK = ("authorize", "capture", "void", "refund")
CARRIER = ("book", "cancel")


class Watch:
    """Writes down every moment that this process lives through, and kills it at the fatal one."""

    def __init__(self, fatal: Moment | None = None) -> None:
        self.seen: list[Moment] = []
        self.fatal = fatal
        self._counts: Counter[str] = Counter()
        self._step = ""

    def begin(self) -> None:
        """Watch all connections of all threads, the bank and the sagas, until the process ends."""
        watch_commits(self._writing)
        setattr(stub, "call", self._calling)  # noqa: B010  # a name that it imports
        for owner, who, names in ((Sandbox, "the bank", BANK), (SandboxCarrier, "the carrier", CARRIER)):
            for name in names:
                setattr(owner, name, self._around(f"{who} is asked to {name}", getattr(owner, name)))
        for saga in SAGAS.values():
            for step in saga.steps:
                step.action = self._during(step.name, step.action)
                step.undo = step.undo and self._during(f"undo: {step.name}", step.undo)

    @contextmanager
    def passing(self, what: str) -> Iterator[None]:
        """An event with its two moments."""
        self._counts[what] += 1
        nth = self._counts[what]
        self._live_through(Moment(what=what, nth=nth, when="before", step=self._step))
        yield
        self._live_through(Moment(what=what, nth=nth, when="after", step=self._step))

    def _live_through(self, moment: Moment) -> None:
        self.seen.append(moment)
        if self.fatal and self.fatal.is_at(moment):
            os.kill(os.getpid(), signal.SIGKILL)
            sleep(60)  # in another thread than the first one the signal may take a moment

    def _writing(self, alias: str, tables: set[str], write: Callable[[], Any], is_commit: bool) -> Any:
        with self.passing(f"{alias} {'commits' if is_commit else 'writes'} {', '.join(sorted(tables))}"):
            return write()

    def _calling(self, operation: Operation, arguments: dict[str, Any]) -> Any:
        if operation.kind == "query":
            return call(operation, arguments)
        with self.passing(f"{operation.module} is asked to {operation.name}"):
            return call(operation, arguments)

    def _around(self, what: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def asked(*args: Any, **kwargs: Any) -> Any:
            with self.passing(what):
                return function(*args, **kwargs)

        return asked

    def _during(self, step: str, action: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(action)
        def acted(*args: Any, **kwargs: Any) -> Any:
            self._step = step
            return action(*args, **kwargs)

        return acted
