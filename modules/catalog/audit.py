"""Whether the catalogue's stored answers still say what its tables say."""

from collections.abc import Iterator
from typing import Any

from modules.catalog.domain import shown
from modules.catalog.graph import Whole, read_whole
from modules.catalog.listing import FACET, LISTING, category_names, document_row, facet_rows, listing_rows
from modules.catalog.models import Availability, Category, Facet, Listing, Product, SearchDocument
from modules.catalog.tree import path_of

BATCH = 200


def audit() -> Iterator[str]:
    """One sentence for each listing, facet, search document, path or availability that is not what it should be."""
    after = ""
    while ids := list(Product.objects.filter(id__gt=after).order_by("id").values_list("id", flat=True)[:BATCH]):
        yield from _audit_products(ids)
        after = ids[-1]
    for category in Category.objects.select_related("parent"):
        if category.path != path_of(category):
            yield f"Category {category.path} should have the path {path_of(category)}; save it again."
    for row in Availability.objects.iterator():
        if row.shown != shown(row.band, row.expected_date):
            yield f"{row.sku} is {row.band}, but is remembered as shown as {row.shown}; replay inventory's events."


def _audit_products(ids: list[str]) -> Iterator[str]:
    wholes = read_whole(ids)
    names = category_names(wholes)
    listings = _by_product(Listing.objects.filter(product__in=ids).values_list(*LISTING))
    facets = _by_product(Facet.objects.filter(product__in=ids).values_list(*FACET))
    documents = _by_product(
        SearchDocument.objects.filter(product__in=ids).values_list("product_id", "title", "keywords", "body")
    )
    for whole in wholes:
        for what, stored, expected in (
            ("listings", listings, set(listing_rows(whole))),
            ("facets", facets, set(facet_rows(whole, names)) if _is_on_sale(whole) else set()),
            ("search document", documents, {document_row(whole)} if _is_on_sale(whole) else set()),
        ):
            if stored.get(whole.id, set()) != expected:
                yield f"The {what} of {whole.slug} are not what its tables say; run `manage.py catalog_rebuild`."


def _by_product(rows: Any) -> dict[str, set[tuple[Any, ...]]]:
    found: dict[str, set[tuple[Any, ...]]] = {}
    for row in rows:
        found.setdefault(row[0], set()).add(tuple(row))
    return found


def _is_on_sale(whole: Whole) -> bool:
    return whole.status == "active"
