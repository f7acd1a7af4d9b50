"""How long ago, as a person says it."""

from datetime import datetime

from django.utils.timesince import timesince

from storefront import clock


def age(instant: datetime | None) -> str:
    """How long ago, in the two largest units."""
    if instant is None:
        return "-"
    return timesince(instant, clock.now()).replace("\N{NO-BREAK SPACE}", " ")
