"""The faces and events of a module with a change planted in their source."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from storefront.contracts.comparison import breaks
from storefront.contracts.snapshot import Contract, contract
from storefront.events.event import EVENTS, Event
from storefront.interface import REFUSALS, Interface

ROOT = Path(__file__).resolve().parents[2]


class _Source:
    """A module's `interface.py` and `events.py`, executed anew; they leave no trace."""

    def __init__(self, module: str) -> None:
        self.module = module
        self.texts = {name: (ROOT / f"modules/{module}/{name}.py").read_text() for name in ("interface", "events")}

    def change(self, old: str, new: str) -> None:
        """Replace what stands in one of the two files, once."""
        name = next((name for name, text in self.texts.items() if old in text), "")
        assert name, f"{self.module} has no {old!r}."
        self.texts[name] = self.texts[name].replace(old, new, 1)

    def contract(self) -> Contract:
        """What the changed source promises."""
        with _forgotten_later():
            face = next(each for each in self._members("interface") if _is(each, Interface, "module"))
            events = [each for each in self._members("events") if _is(each, Event, "event_type")]
            return contract(face, events)

    def _members(self, name: str) -> list[Any]:
        planted = ModuleType(f"modules.{self.module}.{name}")
        sys.modules[planted.__name__] = planted
        exec(compile(self.texts[name], planted.__name__, "exec"), vars(planted))  # noqa: S102
        return [each for each in vars(planted).values() if getattr(each, "__module__", "") == planted.__name__]


def _is(found: Any, base: type, mark: str) -> bool:
    return isinstance(found, type) and issubclass(found, base) and hasattr(found, mark)


@contextmanager
def _forgotten_later() -> Iterator[None]:
    refusals, events, loaded = dict(REFUSALS), dict(EVENTS), dict(sys.modules)
    try:
        yield
    finally:
        registries: list[tuple[dict[str, Any], dict[str, Any]]]
        registries = [(REFUSALS, refusals), (EVENTS, events), (sys.modules, loaded)]
        for registry, before in registries:
            registry.clear()
            registry.update(before)


def broken_by(
    module: str, *changes: tuple[str, str], upcasts: frozenset[tuple[str, int]] = frozenset()
) -> list[str]:
    """What changes in the source of a module's face and events would break of it as it stands."""
    source = _Source(module)
    before = source.contract()
    for change in changes:
        source.change(*change)
    return breaks(module, before, source.contract(), upcasts=upcasts)
