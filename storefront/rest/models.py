"""Machine keys: tables and constraints."""

from django.db import models


class ApiKey(models.Model):
    """A machine's right to some scopes. The secret itself is nowhere: only its hash is kept."""

    name = models.CharField(max_length=100, help_text="Whose key it is, such as ERP.")
    prefix = models.CharField(max_length=12, unique=True, editable=False)
    secret_hash = models.CharField(max_length=64, editable=False)
    scopes = models.CharField(max_length=500, help_text="Separated by spaces, such as: orders:read stock:write")
    created_at = models.DateTimeField(editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = "API key"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} (sk_{self.prefix}_…)"
