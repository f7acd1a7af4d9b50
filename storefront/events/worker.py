"""The consumer behind a broker: a Celery worker commits inbox and effects, then tells the producer."""

import logging
from datetime import datetime

from celery.signals import heartbeat_sent
from django.db import connections

from storefront.background import start_background
from storefront.database.unit import drop_if_broken
from storefront.events import http, inbox, outbox, wire
from storefront.events.broker import TASK, celery_app
from storefront.events.delivery import Receipt
from storefront.heartbeat import beat
from storefront.interface import Unavailable
from storefront.topology import modules_here

log = logging.getLogger(__name__)

NOT_ACKNOWLEDGED = "A batch was not acknowledged; it comes again when its lease is over."


@heartbeat_sent.connect
def _beat(**_: object) -> None:
    """Every two seconds while the worker is connected to its broker, whatever its children do."""
    beat()


@celery_app().task(name=TASK)
def receive(producer: str, subscriber: str, lease_until: str, body: str) -> None:
    """Handle a batch and acknowledge it. A lost acknowledgement costs a repetition, which the inbox recognises."""
    start_background(polls=False)  # what the handlers announce need not wait for the relay's next poll
    try:
        receipt = _receipt(subscriber, body)
        _acknowledge(producer, subscriber, receipt, datetime.fromisoformat(lease_until))
    except Unavailable as error:
        log.warning(NOT_ACKNOWLEDGED, extra={"producer": producer, "subscriber": subscriber, "error": f"{error}"})
    except Exception:
        log.exception(NOT_ACKNOWLEDGED, extra={"producer": producer, "subscriber": subscriber})
    finally:
        for alias in connections:
            drop_if_broken(alias)


def _receipt(subscriber: str, body: str) -> Receipt:
    parcels = wire.unpacked(body)
    try:
        return inbox.receive(subscriber, parcels)
    except Unavailable as error:
        log.warning("Facts could not be handled at present.", extra={"subscriber": subscriber, "error": f"{error}"})
        return Receipt(waiting=tuple(parcel.delivery_id for parcel in parcels))


def _acknowledge(producer: str, subscriber: str, receipt: Receipt, lease_until: datetime) -> None:
    if producer in modules_here():
        outbox.settle(producer, subscriber, receipt, lease_until=lease_until)
    else:
        http.send_receipt(producer, subscriber, receipt, lease_until=lease_until)
