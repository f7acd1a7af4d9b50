"""Stored answers written anew: from the catalogue's own tables, or from what inventory says at this moment."""

from modules.catalog.domain import shown
from modules.catalog.listing import refresh, refresh_stock
from modules.catalog.models import Availability, Category, Variant
from modules.catalog.tree import move_below, path_of
from modules.inventory.interface import Availability as Present
from storefront import clock
from storefront.database.unit import unit_of_work


def refresh_product(product_id: str) -> str:
    """Write the listings, facets and search document of a product anew."""
    with unit_of_work("catalog") as unit:
        unit.now = clock.now()
        refresh([product_id])
    return "They are written anew."


def save_category(category_id: int) -> str:
    """Give a category, and what is below it, its path again."""
    with unit_of_work("catalog") as unit:
        unit.now = clock.now()
        category = Category.objects.select_related("parent").get(pk=category_id)
        old_path, category.path = category.path, path_of(category)
        category.save(update_fields=["path"])
        refresh(move_below(category, old_path=old_path))
    return f"Its path is {category.path}."


def keep_availability(sku: str, present: Present | None) -> str:
    """Keep of a SKU what inventory has just said, also where something later was kept; None: it knows no such SKU."""
    with unit_of_work("catalog") as unit:
        unit.now = clock.now()
        if present is None:
            Availability.objects.filter(sku=sku).delete()
        else:
            Availability.objects.update_or_create(sku=sku, defaults={
                "available": present.available, "backorderable": present.backorderable, "band": present.band,
                "expected_date": present.expected_date, "shown": shown(present.band, present.expected_date),
                "shown_before": "", "sequence": present.sequence or 0,
            })
        refresh_stock(list(Variant.objects.filter(sku=sku).values_list("product_id", flat=True)))
    return f"It is kept as {present.band}." if present else "It is forgotten."
