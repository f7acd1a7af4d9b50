"""The webhook inbox: verified, stored as it came, answered; handled soon after, by asking the provider what is true."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
from django.db import connections

from modules.payments.disputes import record_dispute
from modules.payments.models import Attempt, WebhookReceipt
from modules.payments.providers.protocol import Notice
from modules.payments.providers.registry import provider_of
from modules.payments.settling import settle
from modules.payments.statement import ALIAS
from modules.payments.voiding import request_of
from storefront import clock
from storefront.database.instant import adapted
from storefront.database.unit import unit_of_work
from storefront.nudge import nudge

log = logging.getLogger(__name__)

BATCH = 50
GIVE_UP_AFTER = 10
LEASE = timedelta(minutes=1)

_STORE = """
INSERT INTO payments_webhookreceipt (provider, event_id, name, body, notice, received_at, next_at, attempts, result)
VALUES (%s, %s, %s, %s, %s, %s, %s, 0, '') ON CONFLICT (provider, event_id) DO NOTHING
"""
_CLAIM = """
UPDATE payments_webhookreceipt SET attempts = attempts + 1, next_at = %(lease)s WHERE id IN (
  SELECT id FROM payments_webhookreceipt WHERE next_at <= %(now)s ORDER BY next_at, id LIMIT %(limit)s)
  AND next_at <= %(now)s
RETURNING id
"""


class NotYet(Exception):
    """The webhook speaks of something that is not known here yet; it is handled again later."""


def receive(*, provider: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Verify and store a webhook, once per event. The public address and the sandbox's postman come here alike.

    :raises ForgedWebhook: nothing was stored
    :raises UnknownProvider: there is no such provider
    """
    notice = provider_of(provider).parse_webhook(body=body, headers=headers)
    now, event_id = adapted(ALIAS, clock.now()), notice.storable_id
    if notice.type == "unknown":
        log.warning("A payment webhook is of no known type.", extra={"provider": provider, "event": event_id})
    facts = msgspec.json.encode(notice).decode()
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(_STORE, [provider, event_id, notice.name[:100], body, facts, now, now])
        is_new = bool(cursor.rowcount)
    if not is_new:
        _compare(provider, event_id, body)
    nudge(ALIAS)


def _compare(provider: str, event_id: str, body: bytes) -> None:
    """One id for two different webhooks: the first stands, somebody must look, and the provider is asked once more."""
    receipt = WebhookReceipt.objects.get(provider=provider, event_id=event_id)
    if bytes(receipt.body) == body:
        return
    log.error("A provider sent two different webhooks under one id.", extra={"provider": provider, "event": event_id})
    replay(receipt.id)


def handle_due(*, now: datetime) -> int:
    """Handle the webhooks that wait. Returns how many were tried."""
    if not WebhookReceipt.objects.filter(next_at__lte=now).exists():  # spares SQLite's one writer
        return 0
    values = {"now": adapted(ALIAS, now), "lease": adapted(ALIAS, now + LEASE), "limit": BATCH}
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(_CLAIM, values)
        ids = sorted(row[0] for row in cursor.fetchall())
    for receipt in WebhookReceipt.objects.filter(id__in=ids).order_by("id"):
        _attempt(receipt, now=now)
    return len(ids)


def _attempt(receipt: WebhookReceipt, *, now: datetime) -> None:
    try:
        result = handle(receipt)
    except Exception as error:
        _put_off(receipt, error, now=now)
    else:
        _mark(receipt, result=result, next_at=None, handled_at=now)


def _put_off(receipt: WebhookReceipt, error: Exception, *, now: datetime) -> None:
    """Try again later, but not for ever: then somebody must look, and handle it once more from its page."""
    facts, next_at = {"provider": receipt.provider, "event": receipt.event_id}, None
    if receipt.attempts >= GIVE_UP_AFTER:
        log.error("A payment webhook is given up.", exc_info=error, extra=facts)
    else:
        log.warning("A payment webhook was not handled.", exc_info=error, extra=facts)
        next_at = now + timedelta(seconds=min(3600, 5 * 2**receipt.attempts))
    _mark(receipt, result=f"{type(error).__name__}: {error}", next_at=next_at)


def _mark(
    receipt: WebhookReceipt, *, result: str, next_at: datetime | None, handled_at: datetime | None = None
) -> None:
    WebhookReceipt.objects.filter(id=receipt.id).update(result=result[:300], next_at=next_at, handled_at=handled_at)


def handle(receipt: WebhookReceipt) -> str:
    """Do what a stored webhook calls for; harmless however often and in whatever order. Returns what came of it.

    :raises NotYet: it speaks of an attempt or a payment that is not known here
    """
    notice = msgspec.json.decode(receipt.notice, type=Notice)
    if notice.type == "unknown":
        return "ignored: of no known type"
    if notice.type == "disputed":
        return _disputed(receipt.provider, notice)
    return _settled(receipt.provider, notice)


def _settled(provider: str, notice: Notice) -> str:
    attempt = Attempt.objects.filter(key=notice.key, payment__provider=provider).select_related("payment").first()
    if attempt is None:
        raise NotYet(f"no attempt has the key {notice.key!r}")
    outcome = provider_of(provider).find(key=notice.key)
    if outcome is None:
        raise NotYet(f"{provider} does not know the key {notice.key!r}, though it wrote of it")
    with unit_of_work(ALIAS) as unit:
        unit.now = clock.now()
        won = settle(request_of(attempt, attempt.payment.currency), outcome, now=unit.now)
    return "settled" if won else "known already"


def _disputed(provider: str, notice: Notice) -> str:
    with unit_of_work(ALIAS) as unit:
        unit.now = clock.now()
        return record_dispute(provider, notice, now=unit.now)


def state_of(receipt: WebhookReceipt) -> str:
    """handled, waiting, or given up."""
    if receipt.handled_at:
        return "handled"
    return "waiting" if receipt.next_at else "given up"


def replay(receipt_id: int) -> None:
    """Handle a stored webhook once more, soon."""
    WebhookReceipt.objects.filter(id=receipt_id).update(next_at=clock.now(), attempts=0, handled_at=None)
    nudge(ALIAS)
