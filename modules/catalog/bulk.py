"""Thousands of new products in a few COPYs: for seeds and first loads, where nobody listens yet. Announces nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import nh3
from django.db import transaction

from modules.catalog import rows
from modules.catalog.domain import shown, slug_of_handle
from modules.catalog.interface import ProductInput, VariantInput
from modules.catalog.listing import fill
from modules.catalog.models import Attribute, Availability, Product
from modules.catalog.models.product import new_product_id, new_variant_id
from modules.catalog.tree import ensure_category
from modules.catalog.writing import axes_of, fingerprint_of
from modules.inventory.interface import Availability as Promise
from storefront.database.instant import adapted

PRODUCT = (
    "id",
    "handle",
    "slug",
    "title",
    "description",
    "vendor",
    "product_type",
    "tags",
    "seo_title",
    "seo_description",
    "status",
    "published_at",
    "metadata",
    "fingerprint",
    "version",
    "created_at",
    "updated_at",
)
OPTION = ("product_id", "name", "values", "position")
VARIANT = (
    "id",
    "product_id",
    "sku",
    "options",
    "position",
    "weight_g",
    "barcode",
    "tax_class",
    "tax_code",
    "requires_shipping",
)
PRICE = ("variant_id", "currency", "amount_minor", "compare_at_minor", "includes_tax")
PLACEMENT = ("product_id", "category_id", "position")
ATTRIBUTE_VALUE = ("product_id", "attribute_id", "value")

Row = tuple[Any, ...]


def create(products: Sequence[ProductInput], *, promises: Iterable[Promise], now: datetime) -> None:
    """Add products whose handles and SKUs are new, without images, with what inventory promises of their SKUs."""
    with transaction.atomic(using="catalog"):
        ids = {product.handle: new_product_id() for product in products}
        variants = [
            (new_variant_id(), ids[product.handle], position, variant)
            for product in products
            for position, variant in enumerate(product.variants)
        ]
        instant = adapted("catalog", now)
        rows.copy("catalog_product", PRODUCT, [_product(ids[found.handle], found, instant) for found in products])
        rows.copy("catalog_option", OPTION, [row for found in products for row in _options(ids[found.handle], found)])
        rows.copy("catalog_variant", VARIANT, [_variant(*found) for found in variants])
        rows.copy("catalog_price", PRICE, [row for found in variants for row in _prices(found[0], found[3])])
        rows.copy("catalog_placement", PLACEMENT, _placements(ids, products))
        rows.copy("catalog_attributevalue", ATTRIBUTE_VALUE, _attribute_values(ids, products))
        _believe(promises)
        fill(list(ids.values()))


def known(handles: Sequence[str]) -> set[str]:
    """Those of the handles that the catalogue has already."""
    return set(Product.objects.filter(handle__in=handles).values_list("handle", flat=True))


def _product(product_id: str, product: ProductInput, instant: Any) -> Row:
    return (
        product_id,
        product.handle,
        slug_of_handle(product.handle),
        product.title,
        nh3.clean(product.description),
        product.vendor,
        product.product_type,
        _json(product.tags),
        product.seo_title,
        product.seo_description,
        product.status,
        instant if product.status == "active" else None,
        "{}",
        fingerprint_of(product),
        1,
        instant,
        instant,
    )


def _options(product_id: str, product: ProductInput) -> Iterator[Row]:
    for position, (name, values) in enumerate(axes_of(product.variants).items()):
        yield product_id, name, _json(tuple(values)), position


def _variant(variant_id: str, product_id: str, position: int, variant: VariantInput) -> Row:
    return (
        variant_id,
        product_id,
        variant.sku,
        _json(variant.options),
        position,
        variant.weight_g,
        variant.barcode,
        variant.tax_class,
        variant.tax_code,
        variant.requires_shipping,
    )


def _prices(variant_id: str, variant: VariantInput) -> Iterator[Row]:
    for given in variant.prices:
        compare_at = given.compare_at.amount if given.compare_at else None
        yield variant_id, given.price.currency, given.price.amount, compare_at, given.includes_tax


def _placements(ids: Mapping[str, str], products: Sequence[ProductInput]) -> list[Row]:
    categories = {path: ensure_category(path).id for path in {path for found in products for path in found.categories}}
    return [
        (ids[found.handle], categories[path], position)
        for found in products
        for position, path in enumerate(found.categories)
    ]


def _attribute_values(ids: Mapping[str, str], products: Sequence[ProductInput]) -> list[Row]:
    attributes = {}
    for code in {given.code for found in products for given in found.attributes}:
        name = code.replace("-", " ").capitalize()
        attributes[code] = Attribute.objects.get_or_create(code=code, defaults={"name": name})[0].id
    return [
        (ids[found.handle], attributes[given.code], given.value) for found in products for given in found.attributes
    ]


def _believe(promises: Iterable[Promise]) -> None:
    """What inventory announces later is newer than any of this: sequence 0.

    Its announcements may be arriving already: rows are taken in the order of SKUs, as inventory announces them, so that
    neither waits for the other.
    """
    Availability.objects.bulk_create(
        [
            Availability(
                sku=promise.sku,
                available=promise.available,
                backorderable=promise.backorderable,
                band=promise.band,
                expected_date=promise.expected_date,
                shown=shown(promise.band, promise.expected_date),
                sequence=0,
            )
            for promise in sorted(promises, key=lambda promise: promise.sku)
        ],
        ignore_conflicts=True,
    )


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
