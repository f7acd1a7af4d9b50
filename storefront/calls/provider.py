"""Who answers for a face in this process. Implementation and face are compared at start."""

import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeVar

from storefront.interface import Interface, Operation

INJECTED = frozenset({"key", "now", "facts"})
"""What the platform hands to a body beside the arguments of its face."""

F = TypeVar("F", bound=Callable[..., Any])


class ImplementationMismatch(TypeError):
    """A module does not provide what its face promises."""


class Body:
    """The code behind one operation, and what the platform must hand it."""

    def __init__(self, operation: Operation, function: Callable[..., Any]) -> None:
        self.operation = operation
        self.function = function
        self.gather: Callable[..., Any] | None = getattr(function, "__gather__", None)
        self.has_outside_work = inspect.isgeneratorfunction(function)
        wanted = inspect.signature(function).parameters
        self.wants = frozenset(wanted) & INJECTED
        self._compare(frozenset(wanted))

    def _compare(self, wanted: frozenset[str]) -> None:
        promised = self.operation.names - {"key"}
        given = wanted - INJECTED
        if promised != given:
            raise ImplementationMismatch(
                f"{self.operation.full_name}: the face has {sorted(promised)}, its body has {sorted(given)}."
            )
        if ("facts" in wanted) != (self.gather is not None):
            raise ImplementationMismatch(f"{self.operation.full_name}: `facts` and @gathers need each other.")


class Provider:
    """The bodies of all operations of one face."""

    def __init__(self, face: type[Interface], *sources: object) -> None:
        self.face = face
        self.bodies = {name: Body(operation, _find(operation, sources)) for name, operation in face.operations.items()}


def _find(operation: Operation, sources: tuple[object, ...]) -> Callable[..., Any]:
    for source in sources:
        function = getattr(source, operation.name, None)
        if callable(function):
            return function  # type: ignore[no-any-return]
    raise ImplementationMismatch(f"{operation.full_name} has no body.")


PROVIDERS: dict[str, Provider] = {}


def provide(face: type[Interface], *sources: ModuleType) -> None:
    """Answer for `face` in this process with functions of the same names; called in `AppConfig.ready()`.

    :raises ImplementationMismatch: if an operation has no body, or one of another shape
    """
    PROVIDERS[face.module] = Provider(face, *sources)


def gathers(read: Callable[..., Any]) -> Callable[[F], F]:
    """Run `read` with the command's arguments before its transaction; the body gets its answer as `facts`.

    This is where a command asks other modules: inside its transaction it may not.
    """

    def mark(function: F) -> F:
        function.__gather__ = read  # type: ignore[attr-defined]
        return function

    return mark
