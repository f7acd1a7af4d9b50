"""What is read often, made ready when it changes: availability, listings, facets, the text that is searched."""

from django.db import models

from modules.catalog.models.product import Product


class Availability(models.Model):
    """What inventory last announced of a SKU; the highest sequence wins."""

    sku = models.CharField(max_length=64, primary_key=True)
    available = models.IntegerField()
    backorderable = models.IntegerField()
    band = models.CharField(max_length=12)
    expected_date = models.DateField(null=True)
    shown = models.CharField(max_length=40)  # what shoppers see of it; listings change only when this does
    shown_before = models.CharField(max_length=40, blank=True, default="")
    sequence = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "availabilities"

    def __str__(self) -> str:
        return f"{self.sku}: {self.band}"


class Listing(models.Model):
    """An active product in one currency: the ready JSON of its card and its page, and what lists sort and filter by."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="listings", db_index=False)
    currency = models.CharField(max_length=3)
    slug = models.SlugField(max_length=255, db_index=False)
    title_key = models.CharField(max_length=255)
    price_minor = models.BigIntegerField()  # the lowest of its variants
    highest_minor = models.BigIntegerField()
    newness = models.BigIntegerField()  # microseconds since 1970 of its publication
    band = models.CharField(max_length=12)
    is_available = models.BooleanField()
    card = models.TextField()
    detail = models.TextField()
    etag = models.CharField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "currency"], name="catalog_listing_once"),
            models.UniqueConstraint(fields=["slug", "currency"], name="catalog_listing_slug"),
        ]
        indexes = [
            models.Index(fields=["currency", "newness", "product"], name="catalog_listing_newness"),
            models.Index(fields=["currency", "price_minor", "product"], name="catalog_listing_price"),
            models.Index(fields=["currency", "title_key", "product"], name="catalog_listing_title"),
        ]

    def __str__(self) -> str:
        return f"{self.slug} in {self.currency}"


class Facet(models.Model):
    """Something that an active product can be filtered by: a category, an option's value, an attribute's value.

    `key` is all three in one column, so that the planner knows how common each is.
    """

    product = models.ForeignKey(Product, models.CASCADE, related_name="facets")
    key = models.CharField(max_length=620)
    kind = models.CharField(max_length=10)  # category, slug (a category's short name), option, attribute
    code = models.CharField(max_length=100)
    value = models.CharField(max_length=500)
    label = models.CharField(max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "product"], name="catalog_facet_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}: {self.value}"


class SearchDocument(models.Model):
    """The words of a product, without accents, from which each database feeds its own index."""

    product = models.OneToOneField(Product, models.CASCADE, related_name="search_document")
    title = models.TextField()
    keywords = models.TextField()
    body = models.TextField()

    def __str__(self) -> str:
        return self.title
