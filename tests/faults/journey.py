"""What is done in a shop by a process that may die, and what the next process makes of it."""

import signal
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

import msgspec

from tests.faults.drill import Drill
from tests.faults.report import Books, Moment, Report

GOOD_CARD = "tok_visa"
_numbers = count()


class Journey:
    """An act upon a checkout, begun from the same books each time."""

    def __init__(self, drill: Drill, act: str, *, checkout: dict[str, Any], planted: str = "") -> None:
        self.drill, self.act, self.checkout, self.planted = drill, act, checkout, planted
        self.name = f"journey{next(_numbers)}"
        drill.place.keep(self.name)

    def moments(self) -> list[Moment]:
        """When a process that does this can die."""
        self.drill.place.put_back(self.name)
        report = self._run(None)
        assert (report.signal, report.code) == (0, 0), f"{self.act} failed.\n{self.drill.log}"
        return msgspec.convert(report.said[-1]["moments"], type=list[Moment])

    def killed(self, moment: Moment) -> Report:
        """Do it until this moment."""
        self.drill.place.put_back(self.name)
        report = self._run(moment)
        assert report.signal == signal.SIGKILL, f"The moment never came.\n{self.drill.log}"
        return report

    def outcome(self, moment: Moment, *, client_first: bool) -> Books:
        """The books after a death at this moment and a new start."""
        report = self.killed(moment)
        heard = next((said["heard"] for said in report.said if "heard" in said), None)
        found = self.drill.done("restart", checkout=self.checkout, client_first=client_first, heard=heard)
        return msgspec.convert(found, type=Books)

    def failures(self, *expected: Books, moments: Sequence[Moment] | None = None) -> list[str]:
        """A sentence for each moment whose outcome is none of those expected.

        Before an event the books are what they were after the one before it. So every state of the books is met
        twice: once the shopper comes back first, once the background works first. Where that takes long: once.
        """
        chosen = list(self.moments() if moments is None else moments)
        if self.drill.place.is_remote and moments is None:
            chosen = [moment for moment in chosen if moment.when == "before"] + chosen[-1:]
        assert chosen
        return [
            failure for number, moment in enumerate(chosen)
            if (failure := self._failure(moment, expected, client_first=number % 2 == 1))
        ]

    def _failure(self, moment: Moment, expected: Sequence[Books], *, client_first: bool) -> str:
        try:
            books = self.outcome(moment, client_first=client_first)
        except AssertionError as error:
            return f"{moment}: {error}"
        return "" if books in expected else f"{moment}: {books}"

    def _run(self, fatal: Moment | None) -> Report:
        return self.drill.run(self.act, fatal=fatal, planted=self.planted, checkout=self.checkout)


def bought(drill: Drill, *, lines: Iterable[tuple[str, int]], token: str = GOOD_CARD) -> dict[str, Any]:
    """A checkout that lacks nothing, in a shop where nothing has happened."""
    drill.place.put_back("built")
    return dict(drill.done("open_checkout", token=token, lines=list(lines)))
