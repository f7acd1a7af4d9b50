"""What carries a call: the same promise in this process, through the codec, or over HTTP."""

from typing import Any, NamedTuple, Protocol

from storefront.interface import Operation, OutcomeUnknown, Unavailable


class Answer(NamedTuple):
    """What a call brought back, and whether its key had been answered before."""

    value: Any
    replayed: bool


class AnswerLost(OutcomeUnknown):
    """A command was sent and the connection broke. The same key, asked again while there is time, finds the outcome."""


class CalleeFailed(Exception):
    """The callee met an error that nobody foresaw: a bug in another process, which will meet the next attempt, too.

    Whoever waits for its end counts it as a bug in this process, and asks an operator.
    """


class CommandFailed(CalleeFailed, OutcomeUnknown):
    """Nobody knows how far the command came."""


class QueryFailed(CalleeFailed, Unavailable):
    """A query changes nothing, so it was as good as not executed."""


class Carrier(Protocol):
    """Takes an encoded request to whoever provides the operation and brings the answer."""

    def carry(self, operation: Operation, body: bytes) -> Answer:
        """One attempt; raises what the callee refused, `Unavailable` or `OutcomeUnknown`."""
