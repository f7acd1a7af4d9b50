"""Checkout: tables and constraints."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from storefront.database.tables import platform_tables

PAYMENT_STATUSES = ("none", "authorized", "partially_paid", "paid", "partially_refunded", "refunded", "voided")
FULFILMENT_STATUSES = ("unfulfilled", "backordered", "partial", "fulfilled", "delivered", "canceled")


class Checkout(models.Model):
    """A cart on its way to becoming an order."""

    id = models.CharField(max_length=45, primary_key=True)
    cart_id = models.CharField(max_length=45, db_index=True)
    email = models.CharField(max_length=254, default="", blank=True)
    shipping_address = models.JSONField(null=True)
    billing_address = models.JSONField(null=True)
    shipping_option = models.CharField(max_length=40, default="", blank=True)
    payment_provider = models.CharField(max_length=40, default="", blank=True)
    payment_token = models.CharField(max_length=200, default="", blank=True)
    payment_id = models.CharField(max_length=40, default="", blank=True)
    saga_id = models.CharField(max_length=40, default="", blank=True)
    order_id = models.CharField(max_length=40, default="", blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.id


class Order(models.Model):
    """What was agreed, copied by value, and where it stands on three axes."""

    serial = models.BigAutoField(primary_key=True)
    id = models.CharField(max_length=40, unique=True)
    checkout_id = models.CharField(max_length=45, unique=True)
    cart_id = models.CharField(max_length=45, unique=True)  # one order per cart: a constraint, not a check
    email = models.CharField(max_length=254, db_index=True)
    currency = models.CharField(max_length=3)
    subtotal_minor = models.BigIntegerField()
    shipping_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    shipping_address = models.JSONField(null=True)
    billing_address = models.JSONField(null=True)
    shipping_option = models.CharField(max_length=40, default="", blank=True)
    status = models.CharField(max_length=10, default="placed", choices=[(s, s) for s in ("placed", "canceled")])
    payment_status = models.CharField(max_length=20, default="none", choices=[(s, s) for s in PAYMENT_STATUSES])
    fulfilment_status = models.CharField(
        max_length=12, default="unfulfilled", choices=[(s, s) for s in FULFILMENT_STATUSES]
    )
    payment_provider = models.CharField(max_length=40, default="", blank=True)
    payment_id = models.CharField(max_length=40, default="", db_index=True, blank=True)
    captured_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    shipment_id = models.CharField(max_length=40, default="", blank=True)
    carrier = models.CharField(max_length=60, default="", blank=True)
    service = models.CharField(max_length=60, default="", blank=True)
    tracking_number = models.CharField(max_length=60, default="", blank=True)
    tracking_status = models.CharField(max_length=24, default="unknown")
    saga_id = models.CharField(max_length=40, default="", blank=True)  # the saga that works on it, or last did
    version = models.PositiveIntegerField(default=1)
    placed_at = models.DateTimeField(db_index=True)
    held_at = models.DateTimeField(null=True)
    dispatched_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    canceled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="checkout_order_parts_are_the_total",
                condition=Q(
                    total_minor=F("subtotal_minor") + F("shipping_minor") - F("discount_minor") + F("tax_minor")
                ),
            ),
            models.CheckConstraint(
                name="checkout_order_refund_capped", condition=Q(refunded_minor__lte=F("captured_minor"))
            ),
        ]
        indexes = [
            models.Index(fields=["payment_status", "-serial"], name="checkout_order_by_payment"),
            models.Index(fields=["fulfilment_status", "-serial"], name="checkout_order_by_fulfilment"),
        ]

    def __str__(self) -> str:
        return f"Order {self.number}"

    @property
    def number(self) -> str:
        """What people call the order."""
        return str(100_000 + self.serial)


class OrderLine(models.Model):
    """A line as it was bought."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    sku = models.CharField(max_length=64, db_index=True)
    product_id = models.CharField(max_length=40)
    variant_id = models.CharField(max_length=40)
    title = models.CharField(max_length=255)
    options = models.JSONField(default=list)
    quantity = models.PositiveIntegerField()
    backordered = models.PositiveIntegerField(default=0)
    unit_price_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    tax_included = models.BooleanField()
    tax_class = models.CharField(max_length=20)
    weight_g = models.PositiveIntegerField()
    requires_shipping = models.BooleanField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["order", "position"], name="checkout_orderline_position")]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.sku}"


class OrderFlag(models.Model):
    """Something about an order that an operator should follow up; may precede the order's own row."""

    order_id = models.CharField(max_length=40, db_index=True)
    code = models.CharField(max_length=40, db_index=True)
    sku = models.CharField(max_length=64, default="", blank=True)
    detail = models.CharField(max_length=300, default="", blank=True)
    raised_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=150, default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order_id", "code", "sku"], name="checkout_orderflag_once")]

    def __str__(self) -> str:
        return self.code


class TimelineEntry(models.Model):
    """What happened to an order; only ever added to."""

    order_id = models.CharField(max_length=40, db_index=True)
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    detail = models.CharField(max_length=300, default="", blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "timeline entries"

    def __str__(self) -> str:
        return self.kind


class TaxRate(models.Model):
    """The rate of a class of goods in a country, or in one region of it. ppm: 190,000 is 19 %."""

    country = models.CharField(max_length=2)
    region = models.CharField(max_length=10, default="", blank=True)
    tax_class = models.CharField(max_length=20, default="standard")
    rate_ppm = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["country", "region", "tax_class"], name="checkout_taxrate_once")]

    def __str__(self) -> str:
        return f"{self.country} {self.region} {self.tax_class}: {self.rate_ppm / 10_000:g} %"


class PurchaseLimit(models.Model):
    """At most so many units of a SKU for one customer. Its row is the lock of those who buy the SKU at one moment."""

    sku = models.CharField("SKU", max_length=64, unique=True)
    units = models.PositiveIntegerField(
        validators=[MinValueValidator(1)], help_text="For one customer, over all orders that are not canceled."
    )

    def __str__(self) -> str:
        return f"{self.units} x {self.sku} for each customer"


class Purchase(models.Model):
    """Units of a limited SKU that a customer has bought; counts as long as its order stands."""

    order_id = models.CharField(max_length=40)
    sku = models.CharField(max_length=64)
    customer = models.CharField(max_length=254)  # an e-mail address, so written that one mailbox is one customer
    units = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order_id", "sku"], name="checkout_purchase_once")]
        indexes = [models.Index(fields=["customer", "sku"], name="checkout_purchase_of_customer")]

    def __str__(self) -> str:
        return f"{self.units} x {self.sku}"


platform_tables("checkout", sagas=True)
