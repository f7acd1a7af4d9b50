"""What carries a call: the same promise in this process, through the codec, or over HTTP."""

from typing import Any, NamedTuple, Protocol

from storefront.interface import Operation, OutcomeUnknown


class Answer(NamedTuple):
    """What a call brought back, and whether its key had been answered before."""

    value: Any
    replayed: bool


class AnswerLost(OutcomeUnknown):
    """A command was sent and the connection broke. The same key, asked again while there is time, finds the outcome."""


class Carrier(Protocol):
    """Takes an encoded request to whoever provides the operation and brings the answer."""

    def carry(self, operation: Operation, body: bytes) -> Answer:
        """One attempt; raises what the callee refused, `Unavailable` or `OutcomeUnknown`."""
