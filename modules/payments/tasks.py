"""Scheduled work. It talks to providers, so it runs outside any transaction and opens its own short ones."""

from datetime import datetime, timedelta

from modules.payments import reconciliation, webhooks
from modules.payments.sandbox import postman
from storefront.schedule import every


@every(timedelta(seconds=1), in_transaction=False)
def exchange_webhooks(now: datetime) -> int:
    """Let the sandbox bank send what it owes, then handle what has come in."""
    return postman.send_due(to=webhooks.receive, now=now) + webhooks.handle_due(now=now)


@every(timedelta(minutes=1), in_transaction=False)
def settle_pending_payments(now: datetime) -> int:
    """Ask the providers about attempts that were left under way; release what was abandoned."""
    return reconciliation.reconcile(now=now)
