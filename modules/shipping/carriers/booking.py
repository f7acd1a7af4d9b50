"""A carrier's number of a parcel is somebody else's data: it is looked at before it is believed."""

import logging
import re
from typing import Any, NoReturn

from modules.shipping.carriers.protocol import Carrier, Parcel
from modules.shipping.models import Shipment
from storefront.interface import OutcomeUnknown

log = logging.getLogger(__name__)

_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/-]{0,49}")


def booked_number(carrier: Carrier, parcel: Parcel) -> str:
    """Book a parcel; returns its tracking number.

    :raises OutcomeUnknown: what the carrier says is no number, or that of another parcel
    """
    number: Any = carrier.book(parcel)
    if not isinstance(number, str) or not _NUMBER.fullmatch(number):
        _alarm(carrier, parcel, "what it gave is no tracking number")
    if carrier.is_remote and _is_of_another(carrier, parcel, number):
        _alarm(carrier, parcel, "it gave the number of another parcel")
    return str(number)


def _is_of_another(carrier: Carrier, parcel: Parcel, number: str) -> bool:
    found = Shipment.objects.filter(carrier=carrier.code, tracking_number=number)
    return found.exclude(id=parcel.shipment_id).exists()


def _alarm(carrier: Carrier, parcel: Parcel, why: str) -> NoReturn:
    log.error(
        "A carrier's answer makes no sense; the parcel waits.",
        extra={"carrier": carrier.code, "shipment": parcel.shipment_id, "why": why},
    )
    raise OutcomeUnknown(f"{carrier.code} booked {parcel.shipment_id}, but {why}.")
