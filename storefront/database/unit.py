"""A unit of work: one transaction on one module's database, with the facts it announces."""

from contextvars import ContextVar
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any

from django.db import connections, transaction

from storefront.database.cutoff import commit_not_cut_off
from storefront.nudge import nudge

if TYPE_CHECKING:
    from storefront.events.event import Event

Statement = tuple[str, list[Any]]
"""SQL and its parameters."""


class NoUnitOfWork(RuntimeError):
    """`publish()` was called outside a command, a handler, a job or a saga's own step."""


class Unit:
    """The transaction at hand: its module, its time, its announcements."""

    def __init__(self, module: str) -> None:
        self.module = module
        self.now: datetime | None = None
        self.events: list[Event] = []
        self.is_owing = False
        self.is_committing = False

    def write(self, *, answer: "Statement | None" = None) -> None:
        """Write what was published so far, and with it the answer of a command: on PostgreSQL in one statement."""
        if self.events or answer:
            from storefront.events.outbox import write  # the outbox stands on the unit of work

            self.is_owing |= write(self, answer=answer)
            self.events = []


_current: ContextVar[Unit | None] = ContextVar("unit", default=None)


def current_unit() -> Unit:
    """The unit of work that this code runs in.

    :raises NoUnitOfWork: outside of one
    """
    unit = _current.get()
    if unit is None:
        raise NoUnitOfWork("Events are published inside a command, a handler, a job or a saga's own step.")
    return unit


class unit_of_work:  # noqa: N801  # read as a verb: with unit_of_work("inventory") as unit
    """Open the one transaction of a module; write what it publishes; commit, or roll back on any error."""

    def __init__(self, module: str) -> None:
        self.unit = Unit(module)
        self.atomic = transaction.atomic(using=module, durable=True)

    def __enter__(self) -> Unit:
        self.atomic.__enter__()
        self.token = _current.set(self.unit)
        return self.unit

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.unit.write()
        except BaseException as failure:
            self.atomic.__exit__(type(failure), failure, failure.__traceback__)
            raise
        else:
            self.unit.is_committing = kind is None
            with commit_not_cut_off(self.unit.module):
                self.atomic.__exit__(kind, error, trace)
        finally:
            _current.reset(self.token)
        if kind is None and self.unit.is_owing:
            nudge(self.unit.module, "deliveries")


def vendor(module: str) -> str:
    """`postgresql` or `sqlite`: which database the module lives in."""
    return connections[module].vendor


def drop_if_broken(module: str) -> None:
    """After an error of the database: let the next attempt connect anew if this connection is gone."""
    connection = connections[module]
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def let_go(module: str) -> None:
    """Give a pooled connection back: who kept it while asking other modules could wait for one who waits for it."""
    connection = connections[module]
    if not connection.in_atomic_block and "pool" in connection.settings_dict.get("OPTIONS", {}):
        connection.close()
