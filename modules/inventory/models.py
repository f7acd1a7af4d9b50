"""Inventory: tables and constraints.

Counters are sums of movements, column by column; a line says which of them belong to which order.
The empty location stands for units that are still to arrive.
"""

from django.db import models
from django.db.models import F, Q

from storefront.database.tables import platform_tables

platform_tables("inventory")

SKU = 100
LOCATION = 50
ORDER = 64


class Location(models.Model):
    """A place that keeps stock. Orders are served from the lowest priority number first."""

    code = models.CharField(max_length=LOCATION, primary_key=True)
    name = models.CharField(max_length=100)
    priority = models.PositiveSmallIntegerField(default=100)

    class Meta:
        ordering = ["priority", "code"]

    def __str__(self) -> str:
        return self.name


class StockItem(models.Model):
    """A SKU's policy, and what is known of it over all locations. Its row is the SKU's lock."""

    sku = models.CharField(max_length=SKU, primary_key=True)
    low_stock_threshold = models.PositiveIntegerField(default=0)
    backorder_limit = models.PositiveIntegerField(default=0)
    expected_date = models.DateField(null=True, blank=True)
    backordered = models.PositiveIntegerField(default=0)
    sequence = models.PositiveBigIntegerField(default=0)
    low_since = models.DateTimeField(null=True, blank=True)

    named_by = {"sku": "sku"}
    """By which arguments of commands the audit log finds its rows."""

    class Meta:
        ordering = ["sku"]

    def __str__(self) -> str:
        return self.sku


class Level(models.Model):
    """The stock of a SKU at a location."""

    item = models.ForeignKey(
        StockItem, on_delete=models.PROTECT, db_column="sku", related_name="levels", db_index=False
    )
    location = models.ForeignKey(Location, on_delete=models.PROTECT, db_column="location", related_name="levels")
    on_hand = models.PositiveIntegerField(default=0)
    allocated = models.PositiveIntegerField(default=0)
    reserved = models.PositiveIntegerField(default=0)
    version = models.PositiveBigIntegerField(default=1)

    named_by = {"sku": "item_id", "location": "location_id"}
    """By which arguments of commands the audit log finds its rows."""

    class Meta:
        ordering = ["item", "location"]
        constraints = [
            models.UniqueConstraint(fields=["item", "location"], name="inventory_one_level_per_place"),
            models.CheckConstraint(
                condition=Q(on_hand__gte=F("allocated") + F("reserved")), name="inventory_promised_is_on_hand"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} at {self.location_id}"


class Movement(models.Model):
    """What changed the counters of a SKU at a location, and why. Never updated."""

    class Kind(models.TextChoices):
        RECEIVED = "received"
        RESERVED = "reserved"
        ALLOCATED = "allocated"
        SHIPPED = "shipped"
        RELEASED = "released"
        EXPIRED = "expired"
        ADJUSTED = "adjusted"

    sku = models.CharField(max_length=SKU)
    location = models.CharField(max_length=LOCATION, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    on_hand = models.IntegerField(default=0)
    allocated = models.IntegerField(default=0)
    reserved = models.IntegerField(default=0)
    backordered = models.IntegerField(default=0)
    order_id = models.CharField(max_length=ORDER, default="", blank=True)
    reason = models.CharField(max_length=200, default="", blank=True)
    actor = models.CharField(max_length=100, default="", blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["sku", "location"], name="inventory_movement_place"),
            models.Index(fields=["order_id"], name="inventory_movement_order", condition=~Q(order_id="")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="adjusted") | ~Q(reason=""), name="inventory_adjustment_has_a_reason"
            )
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.kind}"


class Reservation(models.Model):
    """The stock of one order: held until it expires, then consumed by the placed order, or given back."""

    class Status(models.TextChoices):
        HELD = "held"
        CONSUMED = "consumed"
        RELEASED = "released"
        EXPIRED = "expired"

    order_id = models.CharField(max_length=ORDER, primary_key=True)
    status = models.CharField(max_length=10, choices=Status.choices)
    expires_at = models.DateTimeField()
    has_backorder = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "order_id"]
        indexes = [
            models.Index(fields=["expires_at"], name="inventory_held_until", condition=Q(status="held")),
            models.Index(fields=["created_at"], name="inventory_reservation_age"),
        ]

    def __str__(self) -> str:
        return self.order_id


class ReservationLine(models.Model):
    """Units of a SKU at a location for an order: obtained, of these still counted in the level, and shipped."""

    reservation = models.ForeignKey(  # one statement writes both, so the database need not look twice; audit does
        Reservation, on_delete=models.PROTECT, db_column="order_id", related_name="lines", db_constraint=False,
        db_index=False,
    )
    sku = models.CharField(max_length=SKU)
    location = models.CharField(max_length=LOCATION, blank=True)
    quantity = models.PositiveIntegerField()
    held = models.PositiveIntegerField()
    shipped = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["sku", "location"]
        constraints = [
            models.UniqueConstraint(fields=["reservation", "sku", "location"], name="inventory_one_line_per_place"),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("held") + F("shipped")), name="inventory_line_adds_up"
            ),
        ]
        indexes = [models.Index(fields=["sku"], name="inventory_waiting", condition=Q(location="", held__gt=0))]

    def __str__(self) -> str:
        return f"{self.quantity} {self.sku}"
