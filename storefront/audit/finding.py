"""What an audit says: a sentence, and beside it what a machine and an operator need."""

from collections.abc import Callable

Repair = Callable[[], str]
"""Puts one finding right, in transactions of its own. Returns a sentence that says what was done."""


class NotDerivable(Exception):
    """Nothing that is known says how it should be; an operator decides."""


class Finding(str):
    """One defect, as a sentence that names the row.

    code: the kind of defect, the same for ever: `delivery.dead`
    about: the id of the row, or of what it is about
    remedy: what to do, where nothing is derivable
    repair: what puts it right from what is known elsewhere; None where nothing is. It may raise `NotDerivable`, a
        refusal, or whatever a callee that is away raises: then it stays as it is
    """

    __slots__ = ("about", "code", "remedy", "repair")

    code: str
    about: str
    remedy: str
    repair: Repair | None

    def __new__(
        cls, sentence: str, *, code: str, about: object, remedy: str = "", repair: Repair | None = None
    ) -> "Finding":
        self = super().__new__(cls, sentence)
        self.code, self.about, self.remedy, self.repair = code, str(about), remedy, repair
        return self
