"""What a planted defect is."""

from collections.abc import Callable
from typing import Any, NamedTuple

from tests.books.sold import Sold

Harm = Callable[[Sold], Any]


class Plant(NamedTuple):
    """One way to spoil the books."""

    code: str
    harm: Harm
    is_derivable: bool = True
    proves: tuple[str, ...] = ()
