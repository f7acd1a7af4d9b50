"""What is sold: products, their option matrix, variants, prices and pictures."""

from django.db import models

from storefront.ids import new_id


def new_product_id() -> str:
    return new_id("prd")


def new_variant_id() -> str:
    return new_id("var")


class Product(models.Model):
    """Something a shop sells, in one or more variants."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"
        ARCHIVED = "archived", "Archived"

    id = models.CharField(max_length=40, primary_key=True, default=new_product_id, editable=False)
    handle = models.CharField(max_length=255, unique=True, help_text="The name in files and other systems.")
    slug = models.SlugField(max_length=255, unique=True, help_text="The name in addresses.")
    title = models.CharField(max_length=255)
    description = models.TextField(blank=True, default="", help_text="HTML; only harmless tags are kept.")
    vendor = models.CharField(max_length=255, blank=True, default="")
    product_type = models.CharField(max_length=255, blank=True, default="")
    tags = models.JSONField(default=list, blank=True)
    seo_title = models.CharField(max_length=255, blank=True, default="")
    seo_description = models.TextField(blank=True, default="")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    publish_at = models.DateTimeField(null=True, blank=True, help_text="A draft goes on sale at this instant.")
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    metadata = models.JSONField(default=dict, blank=True)
    fingerprint = models.CharField(
        max_length=64, blank=True, default="", editable=False
    )  # of the last import, if unchanged
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    named_by = {"product.handle": "handle"}
    """By which arguments of commands the audit log finds its rows."""

    class Meta:
        indexes = [
            models.Index(fields=["status", "publish_at"], name="catalog_product_due"),
            models.Index(fields=["-updated_at"], name="catalog_product_fresh"),
        ]

    def __str__(self) -> str:
        return self.title


class Slug(models.Model):
    """A name that a product had before; it still leads there."""

    slug = models.SlugField(max_length=255, primary_key=True)
    product = models.ForeignKey(Product, models.CASCADE, related_name="former_slugs")

    def __str__(self) -> str:
        return self.slug


class Option(models.Model):
    """One axis of the matrix that makes variants: size, with S, M, L."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="options", db_index=False)
    name = models.CharField(max_length=100)
    values = models.JSONField(default=list)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["product", "name"], name="catalog_option_once")]

    def __str__(self) -> str:
        return f"{self.name}: {', '.join(self.values)}"


class Image(models.Model):
    """A picture of a product; without renditions it waits to be fetched from its source."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="images", db_index=False)
    source = models.CharField(max_length=1000)
    content_hash = models.CharField(max_length=64, blank=True, default="", editable=False)
    alt = models.CharField(max_length=500, blank=True, default="")
    position = models.PositiveSmallIntegerField(default=0)
    width = models.PositiveIntegerField(default=0, editable=False)
    height = models.PositiveIntegerField(default=0, editable=False)
    thumbnail = models.CharField(max_length=200, blank=True, default="", editable=False)
    renditions = models.JSONField(default=list, editable=False)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["product", "source"], name="catalog_image_once")]

    def __str__(self) -> str:
        return self.alt or self.source


class Variant(models.Model):
    """What is put into a cart: one choice of each option, under one SKU."""

    id = models.CharField(max_length=40, primary_key=True, default=new_variant_id, editable=False)
    product = models.ForeignKey(Product, models.CASCADE, related_name="variants", db_index=False)
    sku = models.CharField("SKU", max_length=64, unique=True)
    options = models.JSONField(default=list, blank=True, help_text='[{"name": "Size", "value": "L"}]')
    position = models.PositiveSmallIntegerField(default=0)
    weight_g = models.PositiveIntegerField("weight (g)", default=0)
    barcode = models.CharField(max_length=64, blank=True, default="")
    tax_class = models.CharField(max_length=20, default="standard")
    tax_code = models.CharField(max_length=64, blank=True, default="")
    requires_shipping = models.BooleanField(default=True)
    image = models.ForeignKey(Image, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["product", "options"], name="catalog_variant_options_once")]

    def __str__(self) -> str:
        return self.sku


class Price(models.Model):
    """What a variant costs in one currency, per unit, in minor units."""

    variant = models.ForeignKey(Variant, models.CASCADE, related_name="prices", db_index=False)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField("amount (minor units)")
    compare_at_minor = models.BigIntegerField("compare at (minor units)", null=True, blank=True)
    includes_tax = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["variant", "currency"], name="catalog_price_once"),
            models.CheckConstraint(condition=models.Q(amount_minor__gte=0), name="catalog_price_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency}"
