"""The person in question, as modules tell each other of them, and what they answer."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from storefront.interface import Value

_ADDRESS = re.compile(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+")


def address_of(typed: str) -> str:
    """The e-mail address that somebody typed.

    :raises ValueError: it is none
    """
    email = typed.strip()
    if not _ADDRESS.fullmatch(email):
        raise ValueError(f"{email!r} is no e-mail address.")
    return email


class Subject(Value):
    """A person: their e-mail address, the ids that lead to what is theirs, and values that stand for them in texts."""

    email: str
    references: tuple[str, ...] = ()
    values: tuple[str, ...] = ()

    def joined(self, references: set[str], values: set[str]) -> "Subject":
        """With what else was found."""
        known = {*self.references, *references}, {*self.values, *values}
        return msgspec.structs.replace(self, references=tuple(sorted(known[0])), values=tuple(sorted(known[1])))


class Found(Value):
    """What a module knows of a person: ids and values; whether it knows their address itself."""

    references: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    knows_email: bool = False


class Kept(Value):
    """What stays, where, and why."""

    table: str
    id: str
    why: str


class Outline(Value):
    """How much a module holds of a person: rows per sort of thing; and what erasing would leave."""

    module: str
    held: tuple[tuple[str, int], ...] = ()
    stays: tuple[Kept, ...] = ()


class Report(Value):
    """What became of a person's data in a module: rows changed per table, and what stays."""

    module: str
    erased: tuple[tuple[str, int], ...] = ()
    kept: tuple[Kept, ...] = ()


def summary(reports: Sequence[Report]) -> str:
    """For a log: how much was erased, and how much stays."""
    rows = sum(count for report in reports for _, count in report.erased)
    return f"{rows} rows erased, {sum(len(report.kept) for report in reports)} stay"


class Export(msgspec.Struct, frozen=True):
    """All that is held of a person, readable."""

    subject: str
    exported_at: datetime
    modules: dict[str, dict[str, list[Any]]]
    """Module -> sort of thing -> rows."""
