"""How far somebody's session has come: signed in with a password alone, or with a second factor too, and when."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from storefront import clock
from storefront.home.factor import factor_of, is_required

MARK = "second_factor"
"""In a session: which factor was given, and when."""
FRESH = timedelta(minutes=10)
"""How long a code that was given counts for what needs a fresh one."""


class Standing(NamedTuple):
    """passed_at: Unix time of the last code; None where none was asked for."""

    is_let_in: bool
    passed_at: float | None


def standing(kept: Mapping[str, Any], user: Any) -> Standing:
    """Of the person whose session holds this. A session that was opened with another device has not passed."""
    factor, mark = factor_of(user), kept.get(MARK)
    if factor is None:
        return Standing(not is_required() and mark is None, None)
    if mark and mark["factor"] == factor.pk:
        return Standing(True, mark["at"])
    return Standing(False, None)


def mark_of(user: Any) -> dict[str, Any] | None:
    """What a session is to hold from now on: the present device was shown to be at hand."""
    factor = factor_of(user)
    return {"factor": factor.pk, "at": clock.now().timestamp()} if factor else None


def is_fresh(passed_at: float | None) -> bool:
    """Whether the last code still counts; where none was asked for, none can be fresh, and none is missing."""
    return passed_at is None or clock.now().timestamp() - passed_at <= FRESH.total_seconds()
