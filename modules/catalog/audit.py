"""Whether the catalogue's stored answers still say what its tables say, and what inventory says."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from modules.catalog import mending
from modules.catalog.domain import shown
from modules.catalog.graph import Whole, read_whole
from modules.catalog.listing import FACET, LISTING, category_names, document_row, facet_rows, listing_rows
from modules.catalog.models import Availability, Category, Facet, Listing, Product, SearchDocument, Variant
from modules.catalog.tree import path_of
from modules.inventory.interface import Availability as Present
from modules.inventory.interface import Inventory
from storefront.audit import Finding
from storefront.audit.pages import look_again, pages_of
from storefront.interface import OutcomeUnknown, Unavailable, connect

inventory = connect(Inventory)

BATCH = 200


def audit() -> Iterator[Finding]:
    """One sentence for each listing, facet, search document, path or availability that is not what it should be."""
    after = ""
    while ids := list(Product.objects.filter(id__gt=after).order_by("id").values_list("id", flat=True)[:BATCH]):
        yield from _audit_products(ids)
        after = ids[-1]
    for category in Category.objects.select_related("parent"):
        if category.path != path_of(category):
            yield Finding(
                f"Category {category.path} should have the path {path_of(category)}; save it again.",
                code="catalog.path_differs", about=category.pk, repair=partial(mending.save_category, category.pk),
            )
    for page in pages_of(Availability.objects.all()):
        for row in page:
            if row.shown != shown(row.band, row.expected_date):
                yield Finding(
                    f"{row.sku} is {row.band}, but is remembered as shown as {row.shown}; replay inventory's events.",
                    code="catalog.shown_differs", about=row.sku, repair=_asking(row.sku),
                )


def across() -> Iterator[Finding]:
    """What is kept of each SKU is what inventory says, and of no later time than inventory's own."""
    try:
        for page in pages_of(Variant.objects.only("id", "sku"), key="sku"):
            differing = [sku for sku, _ in _differing([variant.sku for variant in page])]
            if differing:
                look_again()  # what inventory has just announced is on its way here
                yield from (_differs(sku, what) for sku, what in _differing(differing))
    except (Unavailable, OutcomeUnknown) as error:
        yield Finding(
            f"Inventory does not say what is available: {error}", code="catalog.unanswered", about="inventory",
            remedy="Audit again when it is up.",
        )


def _differing(skus: list[str]) -> list[tuple[str, str]]:
    kept = Availability.objects.in_bulk(skus)
    present = {
        one.sku: one for start in range(0, len(skus), BATCH)
        for one in inventory.availability(skus=tuple(skus[start: start + BATCH]))
    }
    found = ((sku, _what_differs(kept.get(sku), present.get(sku))) for sku in skus)
    return [(sku, what) for sku, what in found if what]


def _what_differs(kept: Availability | None, present: Present | None) -> str:
    if present is None:
        return "inventory does not know it" if kept else ""
    if kept is None:
        return f"inventory says {present.band}, and nothing is kept here"
    if (kept.band, kept.expected_date) != (present.band, present.expected_date):
        return f"it is kept as {kept.band}, inventory says {present.band}"
    if present.sequence is not None and kept.sequence > present.sequence:
        return f"it is kept from announcement {kept.sequence}, inventory is only at {present.sequence}"
    return ""


def _differs(sku: str, what: str) -> Finding:
    return Finding(
        f"{sku}: {what}.", code="catalog.availability_differs", about=sku, repair=_asking(sku)
    )


def _asking(sku: str) -> Callable[[], str]:
    """Inventory is asked when the repair begins, before any transaction."""

    def ask() -> str:
        return mending.keep_availability(sku, next(iter(inventory.availability(skus=(sku,))), None))

    return ask


def _audit_products(ids: list[str]) -> Iterator[Finding]:
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
                yield Finding(
                    f"The {what} of {whole.slug} are not what its tables say; run `manage.py catalog_rebuild`.",
                    code="catalog.listing_differs", about=f"{whole.slug} {what}",
                    repair=partial(mending.refresh_product, whole.id),
                )


def _by_product(rows: Any) -> dict[str, set[tuple[Any, ...]]]:
    found: dict[str, set[tuple[Any, ...]]] = {}
    for row in rows:
        found.setdefault(row[0], set()).add(tuple(row))
    return found


def _is_on_sale(whole: Whole) -> bool:
    return whole.status == "active"
