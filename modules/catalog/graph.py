"""Products with everything that belongs to them, read in six statements however many they are."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import msgspec
from django.db import connections

from modules.catalog.interface import Option, Rendition


class PricedAt(NamedTuple):
    """A price of a variant, in minor units."""

    amount_minor: int
    compare_at_minor: int | None
    includes_tax: bool


class Stocked(NamedTuple):
    """A variant with its prices by currency, and what is known of its stock."""

    id: str
    sku: str
    options: tuple[Option, ...]
    weight_g: int
    barcode: str
    requires_shipping: bool
    image_id: int | None
    band: str
    expected_date: date | None
    prices: dict[str, PricedAt]


class Pictured(NamedTuple):
    """An image that has renditions."""

    id: int
    alt: str
    width: int
    height: int
    renditions: tuple[Rendition, ...]


class Whole(NamedTuple):
    """A product and all that its listing tells."""

    id: str
    slug: str
    title: str
    description: str
    vendor: str
    product_type: str
    tags: tuple[str, ...]
    seo_title: str
    seo_description: str
    status: str
    published_at: datetime | None
    metadata: dict[str, str]
    version: int
    options: list[tuple[str, tuple[str, ...]]]
    variants: dict[str, Stocked]
    images: list[Pictured]
    categories: list[tuple[str, str, str]]  # name, slug, path
    attributes: list[tuple[str, str, str, str, bool]]  # code, name, kind, value, is filterable


_tags = msgspec.json.Decoder(tuple[str, ...])
_metadata = msgspec.json.Decoder(dict[str, str])
_options = msgspec.json.Decoder(tuple[Option, ...])
_renditions = msgspec.json.Decoder(tuple[Rendition, ...])

PRODUCTS = """SELECT id, slug, title, description, vendor, product_type, tags, seo_title, seo_description, status,
    published_at, metadata, version FROM catalog_product WHERE id IN ({ids}) ORDER BY id"""
VARIANTS = """SELECT v.product_id, v.id, v.sku, v.options, v.weight_g, v.barcode, v.requires_shipping, v.image_id,
    a.band, a.expected_date, p.currency, p.amount_minor, p.compare_at_minor, p.includes_tax
    FROM catalog_variant v LEFT JOIN catalog_price p ON p.variant_id = v.id
    LEFT JOIN catalog_availability a ON a.sku = v.sku
    WHERE v.product_id IN ({ids}) ORDER BY v.product_id, v.position, v.id, p.currency"""
IMAGES = """SELECT product_id, id, alt, width, height, renditions FROM catalog_image
    WHERE product_id IN ({ids}) AND thumbnail <> '' ORDER BY product_id, position, id"""
OPTIONS = """SELECT product_id, name, "values" FROM catalog_option
    WHERE product_id IN ({ids}) ORDER BY product_id, position, id"""
CATEGORIES = """SELECT s.product_id, c.name, c.slug, c.path FROM catalog_placement s
    JOIN catalog_category c ON c.id = s.category_id WHERE s.product_id IN ({ids})
    ORDER BY s.product_id, s.position, s.id"""
ATTRIBUTES = """SELECT w.product_id, a.code, a.name, a.kind, w.value, a.is_filterable FROM catalog_attributevalue w
    JOIN catalog_attribute a ON a.id = w.attribute_id WHERE w.product_id IN ({ids})
    ORDER BY w.product_id, a.code, w.value"""


def read_whole(product_ids: Sequence[str]) -> list[Whole]:
    """The products of these ids that exist, by id."""
    if not product_ids:
        return []
    wholes = {row[0]: _whole(row) for row in _rows(PRODUCTS, product_ids)}
    _add_variants(wholes, _rows(VARIANTS, product_ids))
    for product_id, *image, renditions in _rows(IMAGES, product_ids):
        wholes[product_id].images.append(_pictured(image, _renditions.decode(renditions)))
    for product_id, name, values in _rows(OPTIONS, product_ids):
        wholes[product_id].options.append((name, _tags.decode(values)))
    for product_id, *category in _rows(CATEGORIES, product_ids):
        wholes[product_id].categories.append(tuple(category))
    for product_id, *attribute, is_filterable in _rows(ATTRIBUTES, product_ids):
        wholes[product_id].attributes.append((*attribute, bool(is_filterable)))
    return list(wholes.values())


def _rows(statement: str, product_ids: Sequence[str]) -> list[tuple[Any, ...]]:
    marks = ", ".join(["%s"] * len(product_ids))
    with connections["catalog"].cursor() as cursor:
        cursor.execute(statement.format(ids=marks), list(product_ids))
        return list(cursor.fetchall())


def _pictured(cells: list[Any], renditions: tuple[Rendition, ...]) -> Pictured:
    image_id, alt, width, height = cells
    return Pictured(image_id, alt, width, height, renditions)


def _whole(row: tuple[Any, ...]) -> Whole:
    product_id, slug, title, description, vendor, product_type, tags, seo_title, seo_description, status, *rest = row
    published_at, metadata, version = rest
    return Whole(
        product_id, slug, title, description, vendor, product_type, _tags.decode(tags), seo_title, seo_description,
        status, _instant(published_at), _metadata.decode(metadata), version, [], {}, [], [], [],
    )


def _add_variants(wholes: dict[str, Whole], rows: list[tuple[Any, ...]]) -> None:
    for (
        product_id,
        variant_id,
        sku,
        options,
        weight_g,
        barcode,
        ships,
        image_id,
        band,
        expected,
        currency,
        *price,
    ) in rows:
        variants = wholes[product_id].variants
        if variant_id not in variants:
            variants[variant_id] = Stocked(
                variant_id,
                sku,
                _options.decode(options),
                weight_g,
                barcode,
                bool(ships),
                image_id,
                band or "out_of_stock",
                _day(expected),
                {},
            )
        if currency:
            amount, compare_at, includes_tax = price
            variants[variant_id].prices[currency] = PricedAt(amount, compare_at, bool(includes_tax))


def _instant(stored: datetime | str | None) -> datetime | None:
    """SQLite keeps instants as text without a zone."""
    instant = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    return instant.replace(tzinfo=UTC) if instant is not None and instant.tzinfo is None else instant


def _day(stored: date | str | None) -> date | None:
    return date.fromisoformat(stored) if isinstance(stored, str) else stored
