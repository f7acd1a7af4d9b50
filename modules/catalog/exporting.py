"""Products back into a file of Shopify's format, which the importer takes as it is."""

import csv
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

from modules.catalog.importing.cells import as_text
from modules.catalog.models import Image, Price, Product, Variant
from storefront.money import Money

BATCH = 200
COLUMNS = (
    "Handle",
    "Title",
    "Body (HTML)",
    "Vendor",
    "Type",
    "Tags",
    "Published",
    "Option1 Name",
    "Option1 Value",
    "Option2 Name",
    "Option2 Value",
    "Option3 Name",
    "Option3 Value",
    "Variant SKU",
    "Variant Grams",
    "Variant Price",
    "Variant Compare At Price",
    "Variant Requires Shipping",
    "Variant Taxable",
    "Variant Barcode",
    "Image Src",
    "Image Position",
    "Image Alt Text",
    "Variant Image",
    "Variant Weight Unit",
    "Variant Tax Code",
    "SEO Title",
    "SEO Description",
    "Category",
    "Status",
)

Cells = dict[str, Any]


def export(file: TextIO, *, currency: str = "EUR") -> Iterator[int]:
    """Write all products, by handle. Yields how many are written after each batch; memory does not grow.

    currency: of the column `Variant Price`; every other one gets columns of its own.
    Stock is inventory's; it, metadata and the instant of a planned publication stay out.
    """
    others = sorted(set(Price.objects.values_list("currency", flat=True).distinct()) - {currency})
    extra = [column for code in others for column in (f"Price / {code}", f"Compare At Price / {code}")]
    taxes = [f"Price Includes Tax / {code}" for code in (currency, *others)]
    writer = csv.DictWriter(file, [*COLUMNS, *extra, *taxes], restval="")
    writer.writeheader()
    after, written = "", 0
    related = (
        "variants__prices",
        "variants__image",
        "images",
        "options",
        "placements__category",
        "attribute_values__attribute",
    )
    while batch := list(Product.objects.filter(handle__gt=after).order_by("handle").prefetch_related(*related)[:BATCH]):
        for product in batch:
            writer.writerows({name: as_text(cell) for name, cell in row.items()} for row in _rows(product, currency))
        after, written = batch[-1].handle, written + len(batch)
        yield written


def _rows(product: Product, currency: str) -> list[Cells]:
    variants, images = list(product.variants.all()), list(product.images.all())
    rows: list[Cells] = [{"Handle": product.handle} for _ in range(max(len(variants), len(images), 1))]
    for row, variant in zip(rows, variants, strict=False):
        row.update(_variant_cells(variant, currency))
    for row, image in zip(rows, images, strict=False):
        row.update(_image_cells(image))
    for number, option in enumerate(product.options.all(), 1):
        rows[0][f"Option{number} Name"] = option.name
    if not variants or not variants[0].options:
        rows[0].update({"Option1 Name": "Title", "Option1 Value": "Default Title"})
    rows[0].update(_product_cells(product))
    return rows


def _product_cells(product: Product) -> Cells:
    attributes = [f"{found.attribute.code}:{found.value}" for found in product.attribute_values.all()]
    return {
        "Title": product.title,
        "Body (HTML)": product.description,
        "Vendor": product.vendor,
        "Type": product.product_type,
        "Tags": ", ".join([*product.tags, *attributes]),
        "Published": _truth(product.status == "active"),
        "Status": product.status,
        "SEO Title": product.seo_title,
        "SEO Description": product.seo_description,
        "Category": "; ".join(" > ".join(_names(placement.category)) for placement in product.placements.all()),
    }


def _names(category: Any) -> Sequence[str]:
    names = [category.name]
    while category.parent:
        category = category.parent
        names.append(category.name)
    return names[::-1]


def _variant_cells(variant: Variant, currency: str) -> Cells:
    cells: Cells = {
        "Variant SKU": variant.sku,
        "Variant Grams": variant.weight_g,
        "Variant Barcode": variant.barcode,
        "Variant Requires Shipping": _truth(variant.requires_shipping),
        "Variant Weight Unit": "g",
        "Variant Taxable": _truth(variant.tax_class != "zero"),
        "Variant Tax Code": variant.tax_code
        if variant.tax_class == "standard" and variant.tax_code
        else variant.tax_class,
        "Variant Image": variant.image.source if variant.image else "",
    }
    for number, option in enumerate(variant.options, 1):
        cells[f"Option{number} Value"] = option["value"]
    for price in variant.prices.all():
        cells.update(_price_cells(price, is_base=price.currency == currency))
    return cells


def _price_cells(price: Price, *, is_base: bool) -> Cells:
    suffix = "" if is_base else f" / {price.currency}"
    prefix = "Variant " if is_base else ""
    compare_at = price.compare_at_minor
    return {
        f"{prefix}Price{suffix}": _decimal(price.amount_minor, price.currency),
        f"{prefix}Compare At Price{suffix}": "" if compare_at is None else _decimal(compare_at, price.currency),
        f"Price Includes Tax / {price.currency}": _truth(price.includes_tax),
    }


def _image_cells(image: Image) -> Cells:
    return {"Image Src": image.source, "Image Position": image.position + 1, "Image Alt Text": image.alt}


def _decimal(amount_minor: int, currency: str) -> str:
    return f"{Money(amount_minor, currency).to_decimal():f}"


def _truth(is_true: bool) -> str:
    return "TRUE" if is_true else "FALSE"
