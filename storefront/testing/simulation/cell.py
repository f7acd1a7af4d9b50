"""One dependency that is down, slow or lying for a while, and nothing else: a cell of the resiliency matrix."""

from contextvars import ContextVar
from typing import NamedTuple

CALLER: ContextVar[str] = ContextVar("caller", default="")
"""The module whose code is at work, as calls tell; empty at the edge of the shop."""

BEGINS, ENDS = 2.0, 75.0
"""Seconds of the play in which the dependency is in trouble; afterwards all that waited must go on."""
SLOW_STATEMENT_SECONDS = 0.25
SLOW_CALL_SECONDS = (1.0, 12.0)
"""About what callers wait for, and longer."""
HELD_SECONDS = 50.0
"""A slow broker keeps a batch for longer than its lease."""


class Cell(NamedTuple):
    """What a module leans on, and what is wrong with it."""

    module: str
    dependency: str
    """Another module, `database`, `broker` or `provider`."""
    fault: str
    """`down`, `slow` or `lying`."""
