"""One hostile request, and how its shape is kept apart from what is wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.hostile.document import Operation
from tests.hostile.sound import sound_request
from tests.hostile.wire import Request


@dataclass(frozen=True)
class Attack:
    """must_refuse: whether an answer below 400 would be a defect; else the request may turn out to be harmless."""

    kind: str
    operation: Operation
    what: str
    request: Request
    must_refuse: bool = True

    def __str__(self) -> str:
        return f"{self.kind}: {self.operation.name}: {self.what}"


Attacks = Iterator[Attack]


def spoilable(operation: Operation) -> Request:
    """A sound request to spoil. A webhook comes without its signature, so whatever else is right, it is forged."""
    return sound_request(operation).without("webhook-signature")
