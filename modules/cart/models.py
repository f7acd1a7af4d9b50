"""Cart: tables and constraints."""

from django.db import models
from django.db.models import Q

from storefront.database.tables import platform_tables
from storefront.money import Money


class Cart(models.Model):
    """A guest's cart. No status: it is active, claimed until `completing_until`, or completed."""

    id = models.CharField(max_length=40, primary_key=True)
    version = models.PositiveIntegerField(default=1)
    currency = models.CharField(max_length=3)
    metadata = models.JSONField(default=dict, blank=True)
    claim = models.CharField(max_length=200, default="", blank=True)  # the order that claims the cart, or has become it
    completing_at = models.DateTimeField(null=True, blank=True)
    completing_until = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)  # whole hours: most changes then leave the index alone

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(version__gte=1), name="cart_version_positive"),
            models.CheckConstraint(
                condition=Q(completing_until__isnull=True) | (~Q(claim="") & Q(completing_at__isnull=False)),
                name="cart_claim_has_owner",
            ),
            models.CheckConstraint(
                condition=Q(completed_at__isnull=True) | (~Q(claim="") & Q(completing_until__isnull=True)),
                name="cart_completed_by_order",
            ),
        ]

    def __str__(self) -> str:
        return self.id


class Line(models.Model):
    """Some units of a SKU, with the price that the shopper was last shown on a change."""

    id = models.CharField(max_length=40, primary_key=True)
    cart = models.ForeignKey(Cart, models.CASCADE, related_name="lines", db_index=False)
    sku = models.CharField(max_length=64)
    title = models.TextField(blank=True)
    quantity = models.PositiveIntegerField()
    unit_minor = models.BigIntegerField()  # minor units of the cart's currency

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cart", "sku"], name="cart_line_once_per_sku"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="cart_line_quantity_positive"),
            models.CheckConstraint(condition=Q(unit_minor__gte=0), name="cart_line_price_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.sku}"

    @property
    def total(self) -> Money:
        """Quantity times unit price."""
        return Money(self.unit_minor * self.quantity, self.cart.currency)


class Tombstone(models.Model):
    """A claim that was given up; a freeze that comes late is refused."""

    id = models.BigAutoField(primary_key=True)
    cart_id = models.CharField(max_length=200)  # no relation: it may be accepted for a cart that is gone
    claim = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cart_id", "claim"], name="cart_tombstone_once")]

    def __str__(self) -> str:
        return f"{self.claim} of {self.cart_id}"


platform_tables("cart")
