"""How long ago and when, as a person says it."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.timesince import timesince

from storefront import clock


def age(instant: datetime | None) -> str:
    """How long ago, in the two largest units."""
    if instant is None:
        return "-"
    return timesince(instant, clock.now()).replace("\N{NO-BREAK SPACE}", " ")


def moment(instant: datetime | None) -> str:
    """As columns show it; the theme would print what a method returns as it is."""
    return "-" if instant is None else date_format(instant, "DATETIME_FORMAT")
