"""The catalogue in the admin: products, categories, attributes, imports."""

from modules.catalog.admin.category import AttributeAdmin, CategoryAdmin
from modules.catalog.admin.importing import ImportRunAdmin
from modules.catalog.admin.product import ProductAdmin

__all__ = ["AttributeAdmin", "CategoryAdmin", "ImportRunAdmin", "ProductAdmin"]
