"""What the tests tell the process that has the children, and what those tell them. Plain values."""

from typing import Any, Literal

import msgspec


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """Right before or right after the how-manieth event of a kind, during a step of a saga."""

    what: str
    nth: int = 1
    when: Literal["before", "after"] = "after"
    step: str = ""

    def is_at(self, other: "Moment") -> bool:
        """Whether this is the same moment; the step says only where it came."""
        return (self.what, self.nth, self.when) == (other.what, other.nth, other.when)

    def __str__(self) -> str:
        return f"{self.when} {self.what} #{self.nth} ({self.step or 'no step'})"


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """What a child shall do, and when it shall die."""

    act: str
    arguments: dict[str, Any] = {}
    fatal: Moment | None = None
    planted: str = ""  # a defect of plants.py
    in_parent: bool = False  # to warm the parent up


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a child said, line by line, and how it ended."""

    said: tuple[Any, ...] = ()
    signal: int = 0
    code: int = 0


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """All that matters of the one order in a shop: what the shopper was told, and what the modules hold."""

    answer: str
    """The status and code that the shopper has in the end."""
    orders: int = 0
    announced: int = 0
    payments: tuple[str, ...] = ()
    is_charged: bool = False
    """Whether the bank took exactly the order's total, once."""
    held: int = 0
    """Minor units that the bank sets aside and has neither taken nor given back."""
    stock: tuple[tuple[int, int, int], ...] = ()
    """On hand, allocated and reserved of each SKU."""
    parcels: int = 0
    cart: str = ""
    sagas: tuple[str, ...] = ()
    owed: int = 0
    findings: tuple[str, ...] = ()
