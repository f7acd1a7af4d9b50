"""Webhooks: tables and constraints."""

from django.db import models
from django.db.models import Q

from storefront.database.tables import platform_tables

platform_tables("webhooks")

STATUSES = ("pending", "delivered", "given_up", "skipped")


class Endpoint(models.Model):
    """Where a machine hears of facts. Secrets are sealed; the older one signs too until its time is over."""

    class Status(models.TextChoices):
        ENABLED = "enabled", "enabled"
        DISABLED = "disabled", "disabled"

    id = models.CharField(max_length=40, primary_key=True)
    owner = models.CharField(max_length=100, db_index=True)  # the name of the API key
    key_prefix = models.CharField(max_length=12)  # of the key by which it was made or changed last
    url = models.CharField(max_length=500)
    description = models.CharField(max_length=200, default="", blank=True)
    events = models.TextField()  # names between spaces; * for all
    scopes = models.TextField()  # between spaces
    status = models.CharField(max_length=8, choices=Status, default=Status.ENABLED)
    disabled_reason = models.CharField(max_length=20, default="", blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    secret = models.TextField()
    old_secret = models.TextField(default="", blank=True)
    old_secret_until = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.owner}: {self.url}"


class Fact(models.Model):
    """A public fact. Numbers rise in the order in which facts were recorded here."""

    id = models.BigAutoField(primary_key=True)
    event_id = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    subject = models.CharField(max_length=100)
    audience = models.CharField(max_length=140, default="", blank=True)  # owner:<name>, test:<endpoint>; empty: all
    payload = models.TextField()  # JSON
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.name} {self.event_id}"


class Message(models.Model):
    """One fact for one endpoint. Later ones of the same subject wait until it is delivered, given up or skipped."""

    class Status(models.TextChoices):
        PENDING = "pending", "pending"
        DELIVERED = "delivered", "delivered"
        GIVEN_UP = "given_up", "given up"
        SKIPPED = "skipped", "skipped"

    id = models.BigAutoField(primary_key=True)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="messages")
    fact = models.ForeignKey(Fact, on_delete=models.PROTECT, related_name="messages")
    subject = models.CharField(max_length=100)
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    tried_since = models.DateTimeField(null=True, blank=True)  # the first attempt; again from a retry by hand
    next_at = models.DateTimeField()
    lease_until = models.DateTimeField()
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True, db_index=True)
    answer_status = models.PositiveSmallIntegerField(null=True, blank=True)  # of HTTP; null: there was no answer
    cause = models.CharField(max_length=300, default="", blank=True)  # why the last attempt failed
    answer = models.CharField(max_length=500, default="", blank=True)  # the first characters of its body

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "fact"], name="webhooks_message_once"),
            models.CheckConstraint(condition=Q(status__in=STATUSES), name="webhooks_message_status"),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "subject", "fact"], name="webhooks_message_head", condition=Q(status="pending")
            ),
            models.Index(fields=["next_at"], name="webhooks_message_due", condition=Q(status="pending")),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"
