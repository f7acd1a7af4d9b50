"""A face for the platform's own tests, borrowed for the tables of a real module."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError

from storefront.calls.provider import PROVIDERS, Provider, gathers
from storefront.events import Event, publish
from storefront.interface import Interface, Key, Refusal, Unavailable, Value, command, query

MODULE = "payments"


class Basket(Value):
    """What the toy counts."""

    fruit: str
    pieces: int


class Rotten(Refusal):
    """The fruit cannot be sold."""

    code = "toy.rotten"
    message = "{fruit} is rotten."
    fruit: str


class Undeclared(Refusal):
    """A refusal that the face does not promise."""

    code = "toy.undeclared"


class FruitPicked(Event, type="payments.fruit_picked", version=1, subject="fruit"):
    """A toy fact."""

    fruit: str
    pieces: int


class Orchard(Interface, module=MODULE, version=1):
    """Toy commands and queries."""

    @command(timeout=2.0, refuses=(Rotten,))
    def pick(self, *, key: Key, fruit: str, pieces: int) -> Basket:
        """Pick, and say so."""

    @command(timeout=2.0, refuses=(Rotten,))
    def inspect(self, *, key: Key, fruit: str) -> Basket:
        """Ask somebody outside between two transactions."""

    @command(timeout=2.0)
    def compare(self, *, key: Key, fruit: str) -> Basket:
        """Gather facts first."""

    @query(timeout=0.5)
    def count(self, *, fruits: tuple[str, ...]) -> tuple[Basket, ...]:
        """How many of each were picked."""


class Grower:
    """The toy's bodies; remembers what was done to it."""

    def __init__(self) -> None:
        self.picked: list[str] = []
        self.asked: list[str] = []
        self.outside: Any = lambda: "fresh"

    def pick(self, *, fruit: str, pieces: int) -> Basket:
        self.picked.append(fruit)
        publish(FruitPicked(fruit=fruit, pieces=pieces))
        if fruit == "BAD-APPLE":
            raise Rotten(fruit=fruit)
        if fruit == "ODD-APPLE":
            raise Undeclared
        if fruit == "LOST-APPLE":
            raise Unavailable("The orchard is shut.")
        return Basket(fruit=fruit, pieces=pieces)

    def inspect(self, *, fruit: str) -> Generator[Any, Any, Basket | Refusal]:
        self.picked.append(fruit)
        verdict = yield self.outside
        publish(FruitPicked(fruit=fruit, pieces=1))
        if verdict == "mouldy":
            raise Rotten(fruit=fruit)
        if verdict == "unheard of":
            raise OperationalError("The orchard's books are closed.")
        return Basket(fruit=fruit, pieces=1) if verdict == "fresh" else Rotten(fruit=fruit)

    def _ask(self, *, fruit: str) -> int:
        self.asked.append(fruit)
        return 7

    @property
    def compare(self) -> Any:
        @gathers(self._ask)
        def compare(*, fruit: str, facts: int) -> Basket:
            return Basket(fruit=fruit, pieces=facts)

        return compare

    def count(self, *, fruits: tuple[str, ...]) -> tuple[Basket, ...]:
        return tuple(Basket(fruit=fruit, pieces=self.picked.count(fruit)) for fruit in fruits)


@contextmanager
def planted() -> Iterator[Grower]:
    """The toy provides its face in place of the real module."""
    real, grower = PROVIDERS.get(MODULE), Grower()
    PROVIDERS[MODULE] = Provider(Orchard, grower)
    try:
        yield grower
    finally:
        if real:
            PROVIDERS[MODULE] = real
        else:
            del PROVIDERS[MODULE]
