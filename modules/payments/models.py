"""Payments: tables and constraints. Amounts are minor units of the payment's currency."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from modules.payments.sandbox import models as bank
from storefront.database.tables import platform_tables

__all__ = ["Attempt", "LedgerEntry", "Payment", "WebhookReceipt", "bank"]

AMOUNTS = (
    "amount", "authorized", "captured", "refunded", "canceled", "charged_back",
    "authorization_pending", "charge_pending", "refund_pending", "cancel_pending",
)


def _none_below_zero() -> Q:
    rule = Q()
    for name in AMOUNTS:
        rule &= Q(**{f"{name}__gte": 0})
    return rule


ALARMED = ~Q(alarm="")
"""Of payments: somebody must look."""
GIVEN_UP = Q(handled_at__isnull=True, next_at__isnull=True)
"""Of notices: they could not be handled, and nothing tries any more."""


class Payment(models.Model):
    """One attempt to be paid. Its amounts are projections of the ledger; `*_pending` is under way at the provider."""

    class Status(models.TextChoices):
        PENDING = "pending", "pending"
        ACTION_REQUIRED = "action_required", "action required"
        AUTHORIZED = "authorized", "authorized"
        CAPTURED = "captured", "captured"
        VOIDED = "voided", "voided"
        FAILED = "failed", "failed"
        DISPUTED = "disputed", "disputed"

    id = models.CharField(max_length=60, primary_key=True)
    order_id = models.CharField(max_length=60, db_index=True)
    provider = models.CharField(max_length=40)
    status = models.CharField(max_length=16, choices=Status, default=Status.PENDING)
    currency = models.CharField(max_length=3)  # empty: voided before it was ever authorized
    amount = models.BigIntegerField()
    authorized = models.BigIntegerField(default=0)
    captured = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0)
    canceled = models.BigIntegerField(default=0)
    charged_back = models.BigIntegerField(default=0)
    authorization_pending = models.BigIntegerField(default=0)
    charge_pending = models.BigIntegerField(default=0)
    refund_pending = models.BigIntegerField(default=0)
    cancel_pending = models.BigIntegerField(default=0)
    reference = models.CharField(max_length=100, default="", blank=True)  # the provider's name for it
    action_url = models.CharField(max_length=500, default="", blank=True)
    decline_reason = models.CharField(max_length=60, default="", blank=True)
    alarm = models.CharField(max_length=300, default="", blank=True)  # someone must look
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["status", "created_at"], name="payments_payment_by_status"),
            models.Index(fields=["provider", "reference"], name="payments_payment_by_reference"),
            models.Index(fields=["updated_at"], name="payments_payment_alarmed", condition=ALARMED),
        ]
        constraints = [
            models.CheckConstraint(condition=_none_below_zero(), name="payments_payment_not_negative"),
            models.CheckConstraint(
                condition=Q(amount__gte=F("authorized") + F("authorization_pending")),
                name="payments_authorized_within_amount",
            ),
            models.CheckConstraint(
                condition=Q(
                    authorized__gte=F("captured") + F("charge_pending") + F("canceled") + F("cancel_pending")
                ),
                name="payments_captured_within_authorized",
            ),
            models.CheckConstraint(
                condition=Q(captured__gte=F("refunded") + F("refund_pending")), name="payments_refunded_within_captured"
            ),
        ]

    def __str__(self) -> str:
        return self.id


class Attempt(models.Model):
    """One request to a provider, recorded before it is made. Its key is the idempotency key there."""

    class Status(models.TextChoices):
        PENDING = "pending"
        ACTION_REQUIRED = "action_required"
        SUCCESS = "success"
        FAILURE = "failure"
        MISMATCH = "mismatch"  # the provider speaks of another amount: not settled, the payment is alarmed

    key = models.CharField(max_length=160, primary_key=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="attempts")
    kind = models.CharField(max_length=10)  # authorize, capture, void, refund, dispute
    amount = models.BigIntegerField()
    refund_id = models.CharField(max_length=60, default="", blank=True)
    reason = models.CharField(max_length=200, default="", blank=True)
    status = models.CharField(max_length=16, choices=Status, default=Status.PENDING)
    error = models.CharField(max_length=60, default="", blank=True)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)  # when to ask the provider; null once settled

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="payments_attempt_due", condition=Q(due_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.key


class LedgerEntry(models.Model):
    """A fact about a payment's money; never changed, never deleted. A database trigger says so too."""

    id = models.BigAutoField(primary_key=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="ledger")
    number = models.PositiveIntegerField()  # the payment's version that this entry made
    kind = models.CharField(max_length=40)
    amount = models.BigIntegerField()
    reference = models.CharField(max_length=100, default="", blank=True)
    reason = models.CharField(max_length=200, default="", blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "ledger entries"
        constraints = [models.UniqueConstraint(fields=["payment", "number"], name="payments_ledger_in_order")]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a new entry; an old one stays as it is."""
        if not self._state.adding:
            raise TypeError("The ledger is append-only; write a new entry.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse: what happened, happened."""
        raise TypeError("The ledger is append-only; write a new entry.")


class WebhookReceipt(models.Model):
    """A webhook as it came, verified, once per event of the provider; handled soon after."""

    id = models.BigAutoField(primary_key=True)
    provider = models.CharField(max_length=40)
    event_id = models.CharField(max_length=100)
    name = models.CharField(max_length=100)
    body = models.BinaryField()
    notice = models.TextField()  # the verified facts, JSON
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)  # when it is handled; null once done or given up
    attempts = models.PositiveIntegerField(default=0)
    result = models.CharField(max_length=300, default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "event_id"], name="payments_webhook_once")]
        indexes = [
            models.Index(fields=["next_at"], name="payments_webhook_due", condition=Q(next_at__isnull=False)),
            models.Index(fields=["received_at"], name="payments_webhook_given_up", condition=GIVEN_UP),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.event_id}"


platform_tables("payments")
