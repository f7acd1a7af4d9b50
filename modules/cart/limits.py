"""What a cart may hold and how long it is kept. `settings.CART = {"max_lines": 50}` changes a limit."""

from datetime import timedelta

import msgspec
from django.conf import settings


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Quantities are whole sellable units."""

    max_quantity: int = 9_999  # of one line
    max_lines: int = 100
    max_metadata: int = 50
    kept: timedelta = timedelta(days=30)  # since the last change
    kept_completed: timedelta = timedelta(days=90)
    claimed: timedelta = timedelta(minutes=5)
    tombstones_kept: timedelta = timedelta(days=7)  # as long as the key of the command that might come late


DEFAULT = Limits()


def limits() -> Limits:
    """The limits of this installation.

    :raises msgspec.ValidationError: for a setting that does not exist or has another type
    """
    own = getattr(settings, "CART", None)
    return msgspec.convert(own, Limits) if own else DEFAULT
