"""The tree that products stand in: an adjacency list, each node with its whole path."""

from django.db import models

from modules.catalog.models.product import Product


class Category(models.Model):
    """A shelf of the shop. `path` is the slugs from the root, joined by slashes."""

    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=100, blank=True)
    path = models.CharField(max_length=500, unique=True, editable=False)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["path"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.path


class Placement(models.Model):
    """A product stands in a category."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="placements", db_index=False)
    category = models.ForeignKey(Category, models.PROTECT, related_name="placements")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["product", "category"], name="catalog_placement_once")]

    def __str__(self) -> str:
        return f"{self.product_id} in {self.category_id}"
