"""The platform's tables, which exist in every module's own database and leave with it."""

from typing import Any

from django.db import models

from storefront.database.append_only import AppendOnly


class CallKey(models.Model):
    """One intent: the key of a command, and its answer once there is one."""

    key = models.CharField(max_length=200, primary_key=True)
    operation = models.CharField(max_length=100)
    request_hash = models.CharField(max_length=64)
    answer = models.TextField(null=True)  # noqa: DJ001  # JSON; null while the command is under way
    refusal = models.CharField(max_length=100, default="", blank=True)  # the code, if the answer is a no
    claimed_until = models.DateTimeField()
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.operation} {self.key}"


class Outbox(models.Model):
    """A fact that the module announced; kept for replay."""

    id = models.CharField(max_length=40, primary_key=True)
    type = models.CharField(max_length=100, db_index=True)
    version = models.PositiveSmallIntegerField()
    subject = models.CharField(max_length=100)
    payload = models.TextField()
    traceparent = models.CharField(max_length=100, default="", blank=True)
    occurred_at = models.DateTimeField(db_index=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.type} {self.subject}"


class Delivery(models.Model):
    """One fact still owed to one subscribing module. Acknowledged means deleted."""

    id = models.BigAutoField(primary_key=True)
    event_id = models.CharField(max_length=40)
    subscriber = models.CharField(max_length=50)
    subject = models.CharField(max_length=100)
    replay = models.CharField(max_length=40, default="", blank=True)  # names the run, if history is sent again
    attempts = models.PositiveIntegerField(default=0)
    unanswered = models.PositiveIntegerField(default=0, db_default=0)  # sent so often since an answer last came
    next_at = models.DateTimeField()
    lease_until = models.DateTimeField()
    is_dead = models.BooleanField(default=False)
    error = models.TextField(default="", blank=True)

    class Meta:
        abstract = True
        verbose_name_plural = "deliveries"
        indexes = [models.Index(fields=["subscriber", "subject", "id"], name="%(app_label)s_delivery_head")]

    def __str__(self) -> str:
        return f"{self.event_id} to {self.subscriber}"


class Inbox(models.Model):
    """A fact of another module whose effects are committed here."""

    id = models.BigAutoField(primary_key=True)
    event_id = models.CharField(max_length=40)
    replay = models.CharField(max_length=40, default="", blank=True)
    received_at = models.DateTimeField(db_index=True)

    class Meta:
        abstract = True
        constraints = [models.UniqueConstraint(fields=["event_id", "replay"], name="%(app_label)s_inbox_once")]

    def __str__(self) -> str:
        return self.event_id


class Trial(models.Model):
    """A fact that may have ended the process which handled it: each time it begins is counted first."""

    id = models.BigAutoField(primary_key=True)
    event_id = models.CharField(max_length=40)
    replay = models.CharField(max_length=40, default="", blank=True)
    attempts = models.PositiveIntegerField(default=0)
    began_at = models.DateTimeField(db_index=True)

    class Meta:
        abstract = True
        constraints = [models.UniqueConstraint(fields=["event_id", "replay"], name="%(app_label)s_trial_once")]

    def __str__(self) -> str:
        return self.event_id


class Timer(models.Model):
    """When a scheduled job of the module runs next; taking it is the lease."""

    name = models.CharField(max_length=100, primary_key=True)
    next_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class SagaRow(models.Model):
    """One run of a saga: where it stands, what it knows, when it moves next."""

    id = models.CharField(max_length=40, primary_key=True)
    saga = models.CharField(max_length=60)
    version = models.PositiveSmallIntegerField()
    subject = models.CharField(max_length=100, db_index=True)
    status = models.CharField(max_length=12)  # running, undoing, done, undone, parked
    step = models.PositiveSmallIntegerField(default=0)
    state = models.TextField()
    refusal = models.TextField(default="", blank=True)
    attempts = models.PositiveIntegerField(default=0)
    unanswered = models.PositiveIntegerField(default=0, db_default=0)  # taken so often since it was last heard of
    error = models.TextField(default="", blank=True)
    started_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)  # null: nothing more to do, or parked
    lease_until = models.DateTimeField()

    class Meta:
        abstract = True
        verbose_name = "saga"
        indexes = [
            models.Index(fields=["next_at"], name="%(app_label)s_saga_due"),
            models.Index(fields=["started_at"], name="%(app_label)s_saga_age"),
        ]

    def __str__(self) -> str:
        return f"{self.saga} {self.id}: {self.status}"


class AuditEntry(AppendOnly):
    """What somebody with a name did in the module: an operator in the back office, or a machine with a scope."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    operator = models.CharField(max_length=150, db_index=True)  # a user name, or sk_<prefix> of a machine key
    operator_name = models.CharField(max_length=150, default="", blank=True)
    action = models.CharField(max_length=100)  # add, change, delete, the name of an admin action, or METHOD /path
    command = models.CharField(max_length=100, default="", blank=True)  # checkout.cancel; empty for a form
    outcome = models.CharField(max_length=12)  # done, refused, unavailable, unknown, failed
    detail = models.TextField(default="", blank=True)  # why it was refused or failed
    object_type = models.CharField(max_length=100, default="", blank=True)  # the model's name; empty from a machine
    object_id = models.CharField(max_length=255, default="", blank=True)
    object_name = models.CharField(max_length=200, default="", blank=True)
    changes = models.TextField(default="[]")  # JSON: [{"name": ..., "from": ..., "to": ...}]
    request_id = models.CharField(max_length=128, default="", blank=True)
    seal = models.CharField(max_length=64, default="", db_default="", blank=True)  # of it and of all before it

    class Meta:
        abstract = True
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["object_id", "id"], name="%(app_label)s_audit_object")]

    def __str__(self) -> str:
        return f"{self.operator}: {self.action} {self.object_name or self.object_id}"


KERNEL: tuple[type[models.Model], ...] = (CallKey, Outbox, Delivery, Inbox, Trial, Timer, AuditEntry)


def platform_tables(module: str, *, sagas: bool = False) -> None:
    """Give `module` its own copy of the platform's tables; called once in its `models.py`."""
    tables: tuple[Any, ...] = (*KERNEL, SagaRow) if sagas else KERNEL
    for abstract in tables:
        meta = type("Meta", (abstract.Meta,), {"app_label": module, "abstract": False})
        attributes: dict[str, Any] = {"__module__": f"modules.{module}.models", "Meta": meta}
        type(abstract.__name__, (abstract,), attributes)
