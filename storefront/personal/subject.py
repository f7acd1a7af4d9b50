"""The person in question, as modules tell each other of them, and what they answer."""

from datetime import datetime
from typing import Any

import msgspec

from storefront.interface import Value


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


class Report(Value):
    """What became of a person's data in a module: rows changed per table, and what stays."""

    module: str
    erased: tuple[tuple[str, int], ...] = ()
    kept: tuple[Kept, ...] = ()


class Export(msgspec.Struct, frozen=True):
    """All that is held of a person, readable."""

    subject: str
    exported_at: datetime
    modules: dict[str, dict[str, list[Any]]]
    """Module -> sort of thing -> rows."""
