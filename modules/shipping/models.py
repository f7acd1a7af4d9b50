"""Shipping: tables and constraints."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from modules.shipping.domain import MalformedRule, read_countries, read_rules
from storefront.database.tables import platform_tables

platform_tables("shipping")

STATUSES = ("pending", "ready", "dispatched", "delivered", "canceled")
KINDS = (("flat", "Flat"), ("weight", "By weight (grams)"), ("subtotal", "By order total (minor units)"))


def _countries(text: str) -> None:
    _explained(read_countries, text)


def _rules(text: str) -> None:
    _explained(read_rules, text)


def _explained(read: Any, text: str) -> None:
    try:
        read(text)
    except MalformedRule as error:
        raise ValidationError(str(error)) from error


class Zone(models.Model):
    """Destinations that are served alike. A destination lies in the matching zone of highest priority."""

    code = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    priority = models.IntegerField(default=0, help_text="Of all zones that match, the highest counts.")
    countries = models.TextField(validators=[_countries], help_text="ISO codes: DE AT CH; * for every country.")
    regions = models.TextField(
        blank=True, default="", validators=[_rules], help_text="Blank for all; else US:CA, or !US:AK to leave one out."
    )
    postal_codes = models.TextField(
        blank=True, default="", validators=[_rules],
        help_text="Blank for all; else 10115, 35*, 20000..29999; ES:35* for one country; a leading ! leaves out.",
    )

    class Meta:
        ordering = ["-priority", "code"]

    def __str__(self) -> str:
        return self.name


class Method(models.Model):
    """A way to deliver. What is withdrawn from sale is still honoured for orders that chose it."""

    code = models.SlugField(unique=True)
    service = models.CharField(max_length=100)
    carrier = models.SlugField(default="sandbox")
    kind = models.CharField(max_length=8, choices=KINDS, default="flat", verbose_name="priced")
    max_weight_g = models.PositiveIntegerField(null=True, blank=True, help_text="Heavier parcels are not offered it.")
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.service} ({self.carrier})"


class Lane(models.Model):
    """A method into a zone, with the working days that it takes."""

    method = models.ForeignKey(Method, on_delete=models.CASCADE, related_name="lanes")
    zone = models.ForeignKey(Zone, on_delete=models.CASCADE, related_name="lanes")
    days_min = models.PositiveSmallIntegerField()
    days_max = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["zone", "method"]
        constraints = [
            models.UniqueConstraint(fields=["method", "zone"], name="shipping_lane_once"),
            models.CheckConstraint(condition=models.Q(days_max__gte=models.F("days_min")), name="shipping_lane_days"),
        ]

    def __str__(self) -> str:
        return f"{self.method} to {self.zone}"


class Rate(models.Model):
    """A price of a lane, from `starts_at` up to the next band's."""

    lane = models.ForeignKey(Lane, on_delete=models.CASCADE, related_name="rates")
    currency = models.CharField(max_length=3)
    starts_at = models.BigIntegerField(default=0, help_text="Grams or minor units, as the method is priced; flat: 0.")
    price_minor = models.BigIntegerField()
    price_includes_tax = models.BooleanField(default=True)
    free_over_minor = models.BigIntegerField(null=True, blank=True, help_text="Free from this order total on.")

    class Meta:
        ordering = ["lane", "currency", "starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["lane", "currency", "starts_at"], name="shipping_rate_once"),
            models.CheckConstraint(
                condition=models.Q(price_minor__gte=0, starts_at__gte=0), name="shipping_rate_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lane}: {self.currency} from {self.starts_at}"


class Shipment(models.Model):
    """A parcel, with copies of its address and items. Without an order it is a cancellation that came first."""

    id = models.CharField(max_length=40, primary_key=True)
    order_id = models.CharField(max_length=40, blank=True, default="", db_index=True)
    method = models.CharField(max_length=50, blank=True, default="")
    carrier = models.CharField(max_length=50, blank=True, default="")
    service = models.CharField(max_length=100, blank=True, default="")
    status = models.CharField(max_length=10, choices=[(status, status) for status in STATUSES])
    tracking_status = models.CharField(max_length=24, default="unknown")
    tracked_at = models.DateTimeField(null=True, blank=True)  # when the carrier says that it became so
    tracking_number = models.CharField(max_length=50, blank=True, default="")
    address = models.TextField(default="", blank=True)  # JSON of a PostalAddress
    items = models.TextField(default="[]")  # JSON of ShippedItems
    weight_g = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    dispatched_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    canceled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["status", "created_at"], name="shipping_shipment_worklist")]
        constraints = [
            models.UniqueConstraint(
                fields=["carrier", "tracking_number"], condition=~models.Q(tracking_number=""),
                name="shipping_tracking_once",
            ),
            models.CheckConstraint(condition=models.Q(status__in=STATUSES), name="shipping_shipment_status"),
            models.CheckConstraint(
                condition=models.Q(status__in=["pending", "canceled"]) | ~models.Q(tracking_number=""),
                name="shipping_booked_if_ready",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="delivered") | models.Q(delivered_at__isnull=False),
                name="shipping_delivered_has_time",
            ),
        ]

    def __str__(self) -> str:
        return self.id


class ShipmentEvent(models.Model):
    """One line of a shipment's history; never changed, never deleted."""

    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="history")
    kind = models.CharField(max_length=12)  # arranged, booked, dispatched, delivered, canceled, tracking
    tracking_status = models.CharField(max_length=24, blank=True, default="")
    note = models.CharField(max_length=200, blank=True, default="")
    report_id = models.BigIntegerField(null=True, blank=True)  # the carrier's report, if it told us
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["shipment", "kind", "report_id"], name="shipping_history_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.tracking_status}".strip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Append.

        :raises TypeError: the line exists already
        """
        if not self._state.adding:
            raise TypeError("The history of a shipment is only ever added to.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse.

        :raises TypeError: always
        """
        raise TypeError("The history of a shipment is only ever added to.")


class CarrierReport(models.Model):
    """A webhook of a carrier as it came, verified; what became of it stands beside it."""

    carrier = models.CharField(max_length=50)
    event_id = models.CharField(max_length=200)
    body = models.BinaryField()
    received_at = models.DateTimeField(db_index=True)
    handled_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, default="waiting")  # applied, recorded, unmatched, unreadable

    class Meta:
        constraints = [models.UniqueConstraint(fields=["carrier", "event_id"], name="shipping_report_once")]

    def __str__(self) -> str:
        return f"{self.carrier} {self.event_id}"
