"""A carrier that lives elsewhere is let rest while it does not answer; its word is looked at before it is believed."""

import logging
import re
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, NoReturn, TypeVar

from modules.shipping.carriers.protocol import Booking, Carrier, Parcel
from modules.shipping.domain import normalized
from modules.shipping.interface import PostalAddress
from modules.shipping.models import Shipment
from storefront.calls.outsider import outsider, repeating
from storefront.interface import OutcomeUnknown

log = logging.getLogger(__name__)

T = TypeVar("T")

_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/-]{0,49}")


def booked_number(carrier: Carrier, parcel: Parcel, *, is_again: bool = False) -> str:
    """Book a parcel; returns its tracking number.

    :raises Resting: the carrier was not asked
    :raises OutcomeUnknown: what the carrier says is no number, that of another parcel, or goes to another place
    """
    booked: Any = _asked(carrier, "book", lambda: carrier.book(parcel), is_again=is_again)
    if isinstance(booked, Booking) and booked.address and _place(booked.address) != _place(parcel.address):
        _alarm(carrier, parcel, "its label is for another address")
    number = booked.tracking_number if isinstance(booked, Booking) else booked
    if not isinstance(number, str) or not _NUMBER.fullmatch(number):
        _alarm(carrier, parcel, "what it gave is no tracking number")
    if carrier.is_remote and _is_of_another(carrier, parcel, number):
        _alarm(carrier, parcel, "it gave the number of another parcel")
    return str(number)


def call_off(carrier: Carrier, number: str, *, is_again: bool) -> None:
    """Tell a carrier that lives elsewhere not to come.

    :raises Resting: it was not asked
    """
    _asked(carrier, "cancel", lambda: carrier.cancel(number), is_again=is_again)


def _asked(carrier: Carrier, kind: str, question: Callable[[], T], *, is_again: bool) -> T:
    if not carrier.is_remote:
        return question()
    with repeating() if is_again else nullcontext():
        return outsider(f"shipping {carrier.code}").ask(kind, question)


def _place(address: PostalAddress) -> tuple[str, str]:
    """What no carrier spells otherwise, unlike streets and towns."""
    return address.country.upper(), normalized(address.postal_code)


def _is_of_another(carrier: Carrier, parcel: Parcel, number: str) -> bool:
    found = Shipment.objects.filter(carrier=carrier.code, tracking_number=number)
    return found.exclude(id=parcel.shipment_id).exists()


def _alarm(carrier: Carrier, parcel: Parcel, why: str) -> NoReturn:
    log.error(
        "A carrier's answer makes no sense; the parcel waits.",
        extra={"carrier": carrier.code, "shipment": parcel.shipment_id, "why": why},
    )
    raise OutcomeUnknown(f"{carrier.code} booked {parcel.shipment_id}, but {why}.")
