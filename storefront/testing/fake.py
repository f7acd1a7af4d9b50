"""Fakes for faces: answers by functions, through the same codec as a real callee."""

from collections.abc import Callable
from typing import Any

import msgspec

from storefront.calls.carrier import Answer
from storefront.interface import Interface, Operation


class FakeCarrier:
    """Stands in for a module in the test of another."""

    def __init__(self, face: type[Interface], operations: dict[str, Callable[..., Any]]) -> None:
        unknown = operations.keys() - face.operations.keys()
        if unknown:
            raise TypeError(f"{face.__name__} has no {', '.join(sorted(unknown))}.")
        self._operations = operations
        self.calls: list[tuple[str, dict[str, Any]]] = []
        """Every call: the operation's name and its arguments, the key included."""

    def carry(self, operation: Operation, body: bytes) -> Answer:
        """Answer from the function given for this operation."""
        request = operation.request_decoder.decode(body)
        arguments = {name: getattr(request, name) for name in operation.names}
        self.calls.append((operation.name, dict(arguments)))
        if operation.name not in self._operations:
            raise AssertionError(f"The fake of {operation.module} was asked for {operation.name}, which it lacks.")
        arguments.pop("key", None)
        answer = self._operations[operation.name](**arguments)
        return Answer(operation.answer_decoder.decode(msgspec.json.encode(answer)), replayed=False)
