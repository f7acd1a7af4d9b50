"""Payments know an order and a provider's token, and nobody; what providers send may name a person."""

from modules.payments.models import Attempt, LedgerEntry, Payment, WebhookReceipt, bank
from storefront.personal import harmless, holds

holds(Payment, {}, known_by=("id", "order_id"), leads_to=("id", "reference"), texts=("alarm",), with_rows=("ledger",))
holds(WebhookReceipt, {}, texts=("notice", "result"), bodies=("body",))
harmless(Payment, decline_reason="the provider's word for it")
harmless(WebhookReceipt, name="of a kind of notice")
harmless(Attempt, reason="a command's word for why money goes back, without people")
harmless(LedgerEntry, reason="a command's word for why money goes back, without people")
harmless(bank.BankPayment, reason="of a decline", token="one of the sandbox, which leads to nobody")  # noqa: S106
harmless(bank.BankRequest, reason="of a decline")
harmless(bank.BankWebhook, name="of a kind of notice")
