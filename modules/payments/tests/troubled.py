"""A bank in trouble."""

from collections.abc import Callable
from typing import Any

import pytest

from modules.payments.sandbox.provider import Sandbox
from storefront.calls.breaker import FAILURES, Breaker
from storefront.calls.outsider import outsider
from storefront.interface import OutcomeUnknown, Unavailable


class Bank:
    """The sandbox bank, in trouble; notes what it is asked."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch
        self.asked: list[str] = []
        self._honest: dict[str, Any] = {}

    def answers(self, name: str, answer: Callable[[Callable[[], Any]], Any] = lambda really: really()) -> None:
        """From now on it answers requests of this name so. answer: is given what the honest bank does."""
        honest = self._honest.setdefault(name, self._honest.get(name) or getattr(Sandbox, name))

        def asked(sandbox: Sandbox, **request: Any) -> Any:
            self.asked.append(name)
            return answer(lambda: honest(sandbox, **request))

        self._patch.setattr(Sandbox, name, asked)

    def breaker(self, kind: str) -> Breaker:
        return outsider("payments sandbox").breaker_of(kind)

    def rests(self, *kinds: str) -> None:
        """Its breakers of these kinds are open, and stay so."""
        for kind in kinds:
            for _ in range(FAILURES):
                self.breaker(kind).failed()
            self.breaker(kind)._opens_again_at = float("inf")

    def is_well(self, *kinds: str) -> None:
        for kind in kinds:
            self.breaker(kind).succeeded()


def away(_really: Callable[[], Any]) -> Any:
    raise Unavailable("503")


def lost(really: Callable[[], Any]) -> Any:
    really()
    raise OutcomeUnknown("The answer was lost.")


def lost_on_the_way(_really: Callable[[], Any]) -> Any:
    raise OutcomeUnknown("The request was lost.")
