"""The bank's own books. Only the bank's code touches them: treat them as if they stood in another house."""

from django.db import models
from django.db.models import F, Q


class BankPayment(models.Model):
    """Money of one shopper, as the bank sees it. Minor units."""

    id = models.CharField(max_length=40, primary_key=True)
    key = models.CharField(max_length=160, unique=True)  # the merchant's idempotency key
    token = models.CharField(max_length=100)
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()
    status = models.CharField(max_length=12)  # authorized, declined, challenge, voided
    reason = models.CharField(max_length=60, default="", blank=True)
    authorized = models.BigIntegerField(default=0)
    captured = models.BigIntegerField(default=0)
    voided = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0)
    disputed = models.BigIntegerField(default=0)
    challenge = models.CharField(max_length=60, null=True, unique=True)  # noqa: DJ001  # many have none
    return_path = models.CharField(max_length=200, default="", blank=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "bank_payment"
        verbose_name = "bank payment"
        constraints = [
            models.CheckConstraint(
                condition=Q(authorized__gte=F("captured") + F("voided")) & Q(captured__gte=F("refunded")),
                name="bank_payment_balances",
            ),
        ]

    def __str__(self) -> str:
        return self.id


class BankRequest(models.Model):
    """A capture, void or refund that a merchant asked for, and the answer, kept under the merchant's key."""

    key = models.CharField(max_length=160, primary_key=True)
    payment = models.CharField(max_length=40)
    kind = models.CharField(max_length=10)
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()
    status = models.CharField(max_length=12)  # approved, declined
    reason = models.CharField(max_length=60, default="", blank=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "bank_request"

    def __str__(self) -> str:
        return self.key


class BankWebhook(models.Model):
    """A notice that the bank owes the merchant; signed when it is sent, sent until it is answered."""

    id = models.CharField(max_length=40, primary_key=True)
    name = models.CharField(max_length=40)
    key = models.CharField(max_length=160)
    reference = models.CharField(max_length=40)
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()
    copies = models.PositiveSmallIntegerField(default=1)  # how often it is still to be sent
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True)  # null: done, or given up
    created_at = models.DateTimeField()

    class Meta:
        db_table = "bank_webhook"
        indexes = [models.Index(fields=["due_at"], name="bank_webhook_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return f"{self.name} {self.id}"


class BankOutage(models.Model):
    """How often the bank failed a request before looking at it (`tok_flaky`)."""

    key = models.CharField(max_length=160, primary_key=True)
    failures = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "bank_outage"

    def __str__(self) -> str:
        return self.key
