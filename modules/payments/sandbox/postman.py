"""Sends the bank's webhooks until they are answered: late, twice or out of order where the token says so."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec
from django.db import connections

from modules.payments.sandbox.signature import signed
from modules.payments.statement import ALIAS
from storefront.database.instant import adapted

log = logging.getLogger(__name__)

GIVE_UP_AFTER = 20
BATCH = 50

_CLAIM = """
UPDATE bank_webhook SET attempts = attempts + 1, due_at = %(again)s WHERE id IN (
  SELECT id FROM bank_webhook WHERE due_at <= %(now)s ORDER BY due_at, id LIMIT %(limit)s) AND due_at <= %(now)s
RETURNING id, name, key, reference, currency, amount, copies, attempts, created_at
"""
_SENT = """
UPDATE bank_webhook SET copies = copies - 1, due_at = CASE WHEN copies > 1 THEN %(now)s ELSE NULL END WHERE id = %(id)s
"""


class Receiver(Protocol):
    """Whoever takes a webhook, as the shop's public address does."""

    def __call__(self, *, provider: str, body: bytes, headers: Mapping[str, str]) -> object: ...


def send_due(*, to: Receiver, now: datetime) -> int:
    """Send what is due; what is not taken is sent again in a minute, twenty times. Returns how many were tried."""
    values = {"now": adapted(ALIAS, now), "again": adapted(ALIAS, now + timedelta(minutes=1)), "limit": BATCH}
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(_CLAIM, values)
        due = sorted(cursor.fetchall())
    for row in due:
        _send(row, to=to, now=values["now"])
    return len(due)


def _send(row: tuple[Any, ...], *, to: Receiver, now: Any) -> None:
    event_id, name, key, reference, currency, amount, _copies, attempts, _created = row
    body = msgspec.json.encode(
        {"type": name, "key": key, "reference": reference, "amount": {"amount": amount, "currency": currency}}
    )
    try:
        to(provider="sandbox", body=body, headers=signed(event_id, body))
    except Exception as error:
        log.warning("A webhook of the sandbox bank was not taken.", exc_info=error, extra={"event": event_id})
        if attempts >= GIVE_UP_AFTER:
            _write("UPDATE bank_webhook SET due_at = NULL WHERE id = %(id)s", event_id, now)
    else:
        _write(_SENT, event_id, now)


def _write(sql: str, event_id: str, now: Any) -> None:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(sql, {"id": event_id, "now": now})
