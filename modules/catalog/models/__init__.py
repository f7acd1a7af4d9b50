"""Catalog: tables and constraints, no verbs."""

from modules.catalog.models.attribute import Attribute, AttributeValue
from modules.catalog.models.category import Category, Placement
from modules.catalog.models.importing import ImportProblem, ImportRun
from modules.catalog.models.product import Image, Option, Price, Product, Slug, Variant
from modules.catalog.models.projection import Availability, Facet, Listing, SearchDocument
from storefront.database.tables import platform_tables

platform_tables("catalog")

__all__ = [
    "Attribute",
    "AttributeValue",
    "Availability",
    "Category",
    "Facet",
    "Image",
    "ImportProblem",
    "ImportRun",
    "Listing",
    "Option",
    "Placement",
    "Price",
    "Product",
    "SearchDocument",
    "Slug",
    "Variant",
]
