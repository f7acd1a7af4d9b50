"""Scheduled work. It talks to providers, so it runs outside any transaction and opens its own short ones."""

from datetime import datetime, timedelta

from django.db.models import Q

from modules.payments import reconciliation, webhooks
from modules.payments.models import WebhookReceipt, bank
from modules.payments.sandbox import postman
from storefront.keeping import forget
from storefront.schedule import every

NOTICES_KEPT = timedelta(days=90)
"""A provider sends a notice again for days; operators look at one for weeks."""


@every(timedelta(seconds=1), in_transaction=False)
def exchange_webhooks(now: datetime) -> int:
    """Let the sandbox bank send what it owes, then handle what has come in."""
    return postman.send_due(to=webhooks.receive, now=now) + webhooks.handle_due(now=now)


@every(timedelta(minutes=1), in_transaction=False)
def settle_pending_payments(now: datetime) -> int:
    """Ask the providers about attempts that were left under way; release what was abandoned."""
    return reconciliation.reconcile(now=now)


@every(timedelta(minutes=10), in_transaction=False)
def forget_webhooks(now: datetime) -> int:
    """Delete notices of providers that were handled long ago, and what the sandbox bank sent."""
    handled = Q(received_at__lt=now - NOTICES_KEPT, handled_at__isnull=False)
    sent = Q(created_at__lt=now - NOTICES_KEPT, due_at__isnull=True)
    count = forget(WebhookReceipt, where=handled, oldest_first="id")
    return count + forget(bank.BankWebhook, where=sent, oldest_first="id")
