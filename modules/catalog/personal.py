"""The catalogue knows goods, and nobody."""

from modules.catalog.models import (
    Attribute,
    Category,
    ImportProblem,
    ImportRun,
    Listing,
    Option,
    Product,
    SearchDocument,
)
from storefront.personal import harmless

harmless(Product, metadata="an operator's, of a product")
harmless(Category, name="of a shelf")
harmless(Attribute, name="of a property")
harmless(Option, name="of an axis of choice")
harmless(ImportRun, file_name="of a file of products")
harmless(Listing, detail="the page of a product")
harmless(ImportProblem, detail="about a line of a file of products")
harmless(SearchDocument, body="the words of a product")
