"""What becomes of payments' rows in time."""

from modules.payments.models import Attempt, LedgerEntry, Payment, WebhookReceipt, bank
from storefront.keeping import forgotten, kept

kept(Payment, Attempt, LedgerEntry, why="the books of money, which the law wants for ten years")
kept(
    bank.BankPayment, bank.BankRequest, bank.BankOutage,
    why="the sandbox bank's own books, as if they stood in another house; a shop with a real provider has none",
)
forgotten(bank.BankWebhook, after="90 days, if it was sent", by="forget_webhooks")
forgotten(WebhookReceipt, after="90 days, if it was handled; no provider sends it again then", by="forget_webhooks")
