"""What becomes of the catalogue's rows in time."""

from modules.catalog.models import (
    Attribute,
    AttributeValue,
    Availability,
    Category,
    Facet,
    Image,
    ImportProblem,
    ImportRun,
    Listing,
    Option,
    Placement,
    Price,
    Product,
    SearchDocument,
    Slug,
    Variant,
)
from storefront.keeping import forgotten, kept

kept(
    Product, Option, Image, Variant, Price, Attribute, AttributeValue, Category, Placement,
    why="operators keep it: it grows with the assortment, not with orders",
)
kept(Slug, why="a row for each name that a product ever had: links to it lead on")
kept(Availability, why="a row for each SKU, written over")
kept(Listing, Facet, SearchDocument, why="rows for each active product, written over")
forgotten(ImportRun, ImportProblem, after="90 days, unless it is the last one of its file", by="forget_imports")
