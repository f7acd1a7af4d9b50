"""Listings, facets and search documents: rebuilt in the transaction that changes what they tell."""

import hashlib
import html
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import nh3
from django.db import connections

from modules.catalog import rows
from modules.catalog.domain import folded, slug_of
from modules.catalog.graph import Whole, read_whole
from modules.catalog.presentation import compose, currencies_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BATCH = 200

LISTING = (
    "product_id", "currency", "slug", "title_key", "price_minor", "highest_minor", "newness", "band", "is_available",
    "card", "detail", "etag",
)
FACET = ("product_id", "key", "kind", "code", "value", "label")
DOCUMENT = ("product_id", "title", "keywords", "body")

ListingRow = tuple[Any, ...]
Write = Callable[[str, Sequence[str], Any], None]

_encode = msgspec.json.Encoder().encode


def refresh(product_ids: Sequence[str]) -> None:
    """Rebuild everything that is stored ready about these products."""
    for wholes in _batches(product_ids):
        ids = [whole.id for whole in wholes]
        for table in ("catalog_listing", "catalog_facet", "catalog_searchdocument"):
            rows.remove(table, ids)
        _write(wholes, rows.put)


def fill(product_ids: Sequence[str]) -> None:
    """Build what is stored ready about products that are new."""
    for wholes in _batches(product_ids):
        _write(wholes, rows.copy)


def refresh_stock(product_ids: Sequence[str]) -> None:
    """Rebuild the listings of products of which nothing but availability has changed."""
    for wholes in _batches(product_ids):
        found = [row for whole in wholes for row in listing_rows(whole)]
        rows.put("catalog_listing", LISTING, found, unique=("product_id", "currency"))


def _batches(product_ids: Sequence[str]) -> Iterator[list[Whole]]:
    for start in range(0, len(product_ids), BATCH):
        if wholes := read_whole(product_ids[start : start + BATCH]):
            yield wholes


def _write(wholes: list[Whole], write: Write) -> None:
    on_sale = [whole for whole in wholes if whole.status == "active"]
    names = category_names(on_sale)
    write("catalog_listing", LISTING, [row for whole in on_sale for row in listing_rows(whole)])
    write("catalog_facet", FACET, [row for whole in on_sale for row in facet_rows(whole, names)])
    write("catalog_searchdocument", DOCUMENT, [document_row(whole) for whole in on_sale])


def listing_rows(whole: Whole) -> Iterator[ListingRow]:
    """One row for each currency that the product is on sale in."""
    for currency in currencies_of(whole):
        if composed := compose(whole, currency=currency):
            card, detail = composed
            body = _encode(detail)
            yield (
                whole.id, currency, whole.slug, folded(whole.title)[:255], card.price.amount, card.highest_price.amount,
                (detail.published_at - EPOCH) // timedelta(microseconds=1), card.availability,
                card.availability != "out_of_stock", _encode(card).decode(), body.decode(),
                hashlib.blake2b(body, digest_size=16).hexdigest(),
            )


def facet_rows(whole: Whole, category_names: dict[str, str]) -> list[ListingRow]:
    """What the product can be found by: its categories and those above, its options, its filterable attributes."""
    found: dict[tuple[str, str, str], str] = {}
    for _, _, path in whole.categories:
        for above in paths_to(path):
            found["category", "", above] = category_names.get(above, above)
            found["slug", "", above.rpartition("/")[2]] = category_names.get(above, above)
    for name, values in whole.options:
        for value in values:
            found["option", slug_of(name), value] = name
    for code, name, _, value, is_filterable in whole.attributes:
        if is_filterable:
            found["attribute", code, value] = name
    return [(whole.id, facet_key(*facet), *facet, label) for facet, label in found.items()]


def facet_key(kind: str, code: str, value: str) -> str:
    """The facet in one text."""
    return f"{kind}:{code}:{value}"


def paths_to(path: str) -> list[str]:
    """The path itself and those of all categories above it: `kitchen`, `kitchen/mugs`."""
    parts = path.split("/")
    return ["/".join(parts[: depth + 1]) for depth in range(len(parts))]


def document_row(whole: Whole) -> ListingRow:
    """The words by which the product is found."""
    skus = [variant.sku for variant in whole.variants.values()]
    values = [value for _, _, _, value, _ in whole.attributes]
    names = [name for name, _, _ in whole.categories]
    keywords = [whole.vendor, whole.product_type, *whole.tags, *values, *names, *skus]
    text = html.unescape(nh3.clean(whole.description, tags=set()))
    return whole.id, folded(whole.title), folded(" ".join(keywords)), folded(text)


def category_names(wholes: list[Whole]) -> dict[str, str]:
    paths = sorted({above for whole in wholes for _, _, path in whole.categories for above in paths_to(path)})
    if not paths:
        return {}
    with connections["catalog"].cursor() as cursor:
        cursor.execute(
            f"SELECT path, name FROM catalog_category WHERE path IN ({', '.join(['%s'] * len(paths))})",  # noqa: S608
            paths,
        )
        return dict(cursor.fetchall())
