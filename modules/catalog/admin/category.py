"""Categories and attributes in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from modules.catalog.admin.forms import CategoryForm
from modules.catalog.admin.rebuilding import RebuildingAdmin
from modules.catalog.models import Attribute, Category, Placement
from modules.catalog.services import touched
from modules.catalog.tree import move_below, path_of, products_below


@admin.register(Category)
class CategoryAdmin(RebuildingAdmin):
    """The tree, in the order of its paths."""

    form = CategoryForm
    list_display = ["indented", "path", "products", "position"]
    search_fields = ["name", "path"]
    ordering = ["path"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        """With how many products stand right here."""
        found: QuerySet[Category] = super().get_queryset(request)
        return found.annotate(placed=Count("placements"))

    @admin.display(description="Category", ordering="path")
    def indented(self, category: Category) -> str:
        return "\u2003" * category.path.count("/") + category.name

    @admin.display(description="Products", ordering="placed")
    def products(self, category: Category) -> int:
        return int(getattr(category, "placed", 0)) or Placement.objects.filter(category=category).count()

    def save_model(self, request: HttpRequest, category: Category, form: Any, change: bool) -> None:
        """Everything below moves along, and products tell their new places."""
        old_path, category.path = category.path, path_of(category)
        super().save_model(request, category, form, change)
        concerned = (
            move_below(category, old_path=old_path)
            if change and old_path != category.path
            else products_below(category)
        )
        touched(set(concerned))


@admin.register(Attribute)
class AttributeAdmin(RebuildingAdmin):
    """Definitions; kind and code stay once values may exist."""

    list_display = ["name", "code", "kind", "is_filterable"]
    list_filter = ["kind", "is_filterable"]
    search_fields = ["name", "code"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """What cannot change any more."""
        return ["code", "kind"] if obj else []

    def save_model(self, request: HttpRequest, attribute: Attribute, form: Any, change: bool) -> None:
        """Products that have it tell its new name."""
        super().save_model(request, attribute, form, change)
        touched(set(attribute.values.values_list("product_id", flat=True)))
