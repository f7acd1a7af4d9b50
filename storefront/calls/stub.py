"""Stubs: an object with a face's methods that hands every call to the pipeline."""

from typing import Any, TypeVar

from storefront.backoffice import acting
from storefront.calls.pipeline import call
from storefront.interface import Interface, Operation, OutcomeUnknown, Unavailable

I = TypeVar("I", bound=Interface)  # noqa: E741

_STUBS: dict[type[Interface], Interface] = {}


def stub_of(face: type[I]) -> I:
    """The one stub of `face`; stateless, safe to share between threads."""
    if face not in _STUBS:
        methods = {name: _method(operation) for name, operation in face.operations.items()}
        _STUBS[face] = type(f"{face.__name__}Stub", (face,), {"__slots__": (), **methods})()
    return _STUBS[face]  # type: ignore[return-value]


def connected() -> list[type[Interface]]:
    """The faces that this process has connected to."""
    return list(_STUBS)


def _method(operation: Operation) -> Any:
    def invoke(_self: Interface, **arguments: Any) -> Any:
        try:
            return call(operation, arguments)
        except (Unavailable, OutcomeUnknown) as error:
            acting.unanswered(operation, arguments, error)
            raise

    invoke.__name__ = operation.name
    invoke.__doc__ = operation.function.__doc__
    return invoke
