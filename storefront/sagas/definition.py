"""How a saga is written down: steps as data, in the order of the business."""

import re
from collections.abc import Callable
from typing import Any, ClassVar

from storefront.interface import Value

Action = Callable[..., Any]
"""Takes the saga's state and, by keyword, the step's `key`; returns the new state, or None if unchanged."""


class Step:
    """One command to another module. `undo` takes back what it obtained, and is accepted even if it never ran."""

    is_pivot = False

    def __init__(self, name: str, action: Action, *, undo: Action | None = None) -> None:
        self.name = name
        self.slug = re.sub(r"\W+", "-", name)
        self.action = action
        self.undo = undo


class Pivot(Step):
    """The point of no return: one local transaction, given `now`. Later steps are retried for ever."""

    is_pivot = True


class Saga:
    """Subclass with `module`, `version` and `state` as class keywords and `steps` in the body."""

    module: ClassVar[str]
    version: ClassVar[int]
    state: ClassVar[type[Value]]
    steps: ClassVar[tuple[Step, ...]]

    def __init_subclass__(cls, *, module: str, version: int, state: type[Value]) -> None:
        cls.module, cls.version, cls.state = module, version, state
        pivots = [number for number, step in enumerate(cls.steps) if step.is_pivot]
        if len(pivots) > 1:
            raise TypeError(f"{cls.__name__} has {len(pivots)} pivots; there is one point of no return.")
        for step in cls.steps[: pivots[0]] if pivots else ():
            if step.undo is None:
                raise TypeError(f"{cls.__name__}: {step.name!r} stands before the pivot and has no undo.")
        SAGAS[cls.__name__, version] = cls

    @classmethod
    def pivot_at(cls) -> int:
        """The number of the pivot; -1 where every step is retried for ever."""
        return next((number for number, step in enumerate(cls.steps) if step.is_pivot), -1)


SAGAS: dict[tuple[str, int], type[Saga]] = {}
"""By name and version: a saga finishes in the version that it began in."""
