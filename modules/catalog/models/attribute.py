"""Typed properties of products: material, height, machine-washable."""

from django.db import models

from modules.catalog.models.product import Product


class Attribute(models.Model):
    """The definition: what it is called and which values it takes."""

    class Kind(models.TextChoices):
        TEXT = "text", "Text"
        NUMBER = "number", "Number"
        BOOLEAN = "boolean", "Yes or no"
        CHOICE = "choice", "One of a list"

    code = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.TEXT)
    choices = models.JSONField(default=list, blank=True, help_text="The list, for one of a list.")
    is_filterable = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class AttributeValue(models.Model):
    """One value that a product has; text in the canonical form of the attribute's kind."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="attribute_values", db_index=False)
    attribute = models.ForeignKey(Attribute, models.PROTECT, related_name="values")
    value = models.CharField(max_length=255)

    class Meta:
        ordering = ["attribute__code", "id"]
        constraints = [
            models.UniqueConstraint(fields=["product", "attribute", "value"], name="catalog_attribute_value_once")
        ]

    def __str__(self) -> str:
        return self.value
