"""What the home process knows of those who sign in, besides Django's own users."""

from typing import Any

from django.conf import settings
from django.db import models

from storefront.database import tables


class SecondFactor(models.Model):
    """An operator's authenticator app. Its secret is sealed with keys that are not in the database."""

    user: Any = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="second_factor")
    sealed_secret = models.TextField()
    last_step = models.BigIntegerField(default=0)  # of the code that was accepted last: no code counts twice
    confirmed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Second factor of {self.user}"


class RecoveryCode(models.Model):
    """Stands in for a code of the app, once. Only its hash is kept."""

    user: Any = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="recovery_codes")
    code_hash = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "code_hash"], name="home_recovery_code_once")]

    def __str__(self) -> str:
        return f"Recovery code of {self.user}"


class Attempt(models.Model):
    """How often somebody has tried in vain of late: from an address, for an account, or both."""

    subject = models.CharField(max_length=80, primary_key=True)  # a kind and a hash: no names that were typed
    failures = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(db_index=True)
    locked_until = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.subject}: {self.failures}"


class AuditEntry(tables.AuditEntry):
    """Sign-ins, people, roles and keys: what is no module's."""

    class Meta(tables.AuditEntry.Meta):
        abstract = False
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
