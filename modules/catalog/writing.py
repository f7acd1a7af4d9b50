"""Makes a product what it was asked to be: variants by SKU, images by source, the rest replaced."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
import nh3

from modules.catalog.domain import BadValue, canonical, slug_of_handle
from modules.catalog.events import PriceChanged, ProductArchived, ProductPublished
from modules.catalog.interface import (
    AttributeInput,
    AttributeMismatch,
    ImageInput,
    ProductInput,
    SkuTaken,
    VariantInput,
    VariantRepeated,
)
from modules.catalog.interface import Option as ChosenOption
from modules.catalog.models import Attribute, AttributeValue, Image, Option, Placement, Price, Product, Variant
from modules.catalog.tree import ensure_category
from storefront.events import publish
from storefront.money import Money

PLACEHOLDER = "\u2205"


def fingerprint_of(wanted: ProductInput) -> str:
    """The same for the same input; kept while nothing else changes the product."""
    return hashlib.sha256(msgspec.json.encode(wanted)).hexdigest()


def check(wanted: ProductInput) -> None:
    """Refuse what contradicts itself, or another product.

    :raises VariantRepeated: a SKU or a choice of options occurs twice
    :raises SkuTaken: a SKU belongs to another product
    """
    seen: set[str] = set()
    for variant in wanted.variants:
        choice = " / ".join(option.value for option in variant.options)
        for name in (variant.sku, f"({choice.casefold()})"):
            if name in seen:
                raise VariantRepeated(handle=wanted.handle, variant=name.strip("()"))
            seen.add(name)
    skus = [variant.sku for variant in wanted.variants]
    taken = Variant.objects.filter(sku__in=skus).exclude(product__handle=wanted.handle).select_related("product")
    for other in taken[:1]:
        raise SkuTaken(sku=other.sku, handle=other.product.handle)


def find_or_start(wanted: ProductInput) -> tuple[Product, bool]:
    """The product of this handle, locked; and whether it is new."""
    slug = slug_of_handle(wanted.handle)
    if Product.objects.filter(slug=slug).exclude(handle=wanted.handle).exists():
        slug = slug_of_handle(f"{wanted.handle}!")
    return Product.objects.select_for_update().get_or_create(
        handle=wanted.handle, defaults={"slug": slug, "title": wanted.title}
    )


def write(product: Product, wanted: ProductInput, *, now: datetime) -> None:
    """Write the product and everything that belongs to it."""
    images = _write_images(product, wanted.images)
    _write_options(product, wanted.variants)
    variants = _write_variants(product, wanted.variants, images)
    _write_prices(variants, wanted.variants)
    _write_placements(product, wanted.categories)
    _write_attributes(product, wanted.attributes)
    set_status(product, wanted.status, skus=tuple(variants), now=now)
    product.title, product.vendor, product.product_type = wanted.title, wanted.vendor, wanted.product_type
    product.description, product.tags = nh3.clean(wanted.description), list(wanted.tags)
    product.seo_title, product.seo_description = wanted.seo_title, wanted.seo_description
    product.fingerprint = fingerprint_of(wanted)
    product.save()


def set_status(product: Product, status: str, *, skus: tuple[str, ...], now: datetime) -> None:
    """Move the product to a status and announce what that means; the caller saves it."""
    before, product.status = product.status, status
    if status == "active":
        product.publish_at = None
        product.published_at = product.published_at or now
    if status == "active" and before != "active":
        publish(ProductPublished(product_id=product.id, slug=product.slug, skus=skus))
    elif before == "active" and status != "active":
        publish(ProductArchived(product_id=product.id, skus=skus))


def _write_images(product: Product, wanted: Sequence[ImageInput]) -> dict[str, Image]:
    known = {image.source: image for image in product.images.all()}
    kept = {image.source for image in wanted}
    Image.objects.filter(id__in=[image.id for source, image in known.items() if source not in kept]).delete()
    images = []
    for position, given in enumerate(wanted):
        image = known.get(given.source) or Image(product=product, source=given.source)
        image.alt, image.position = given.alt, position
        if given.renditions:  # one that could not be fetched this time stays as it was
            image.content_hash, image.width, image.height = given.content_hash, given.width, given.height
            image.renditions = msgspec.to_builtins(given.renditions)
            image.thumbnail = given.renditions[0].name
        images.append(image)
    _save_all(Image, images, ["alt", "position", "content_hash", "width", "height", "renditions", "thumbnail"])
    return {image.source: image for image in images}


def _save_all(model: type[Image] | type[Variant], rows: Iterable[Image | Variant], fields: list[str]) -> None:
    fresh = [row for row in rows if row._state.adding]
    stale = [row for row in rows if not row._state.adding]
    model.objects.bulk_update(stale, fields)  # type: ignore[arg-type]
    model.objects.bulk_create(fresh)  # type: ignore[arg-type]


def axes_of(variants: Sequence[VariantInput]) -> dict[str, dict[str, None]]:
    """The options of the variants and the values of each, in the order of their first use."""
    return axes_of_choices(variant.options for variant in variants)


def axes_of_choices(choices: Iterable[tuple[ChosenOption, ...]]) -> dict[str, dict[str, None]]:
    """The same, of choices alone."""
    axes: dict[str, dict[str, None]] = {}
    for choice in choices:
        for option in choice:
            axes.setdefault(option.name, {})[option.value] = None
    return axes


def _write_options(product: Product, variants: Sequence[VariantInput]) -> None:
    axes = axes_of(variants)
    known = {option.name: (option.values, option.position) for option in product.options.all()}
    if known == {name: (list(values), position) for position, (name, values) in enumerate(axes.items())}:
        return
    product.options.all().delete()
    Option.objects.bulk_create(
        Option(product=product, name=name, values=list(values), position=position)
        for position, (name, values) in enumerate(axes.items())
    )


def _write_variants(product: Product, wanted: Sequence[VariantInput], images: dict[str, Image]) -> dict[str, Variant]:
    known = {variant.sku: variant for variant in product.variants.all()}
    kept = {variant.sku for variant in wanted}
    Variant.objects.filter(id__in=[variant.id for sku, variant in known.items() if sku not in kept]).delete()
    _free_choices([variant for sku, variant in known.items() if sku in kept], wanted)
    variants = []
    for position, given in enumerate(wanted):
        variant = known.get(given.sku) or Variant(product=product, sku=given.sku)
        variant.options, variant.position = msgspec.to_builtins(given.options), position
        variant.weight_g, variant.barcode, variant.requires_shipping = (
            given.weight_g,
            given.barcode,
            given.requires_shipping,
        )
        variant.tax_class, variant.tax_code, variant.image = given.tax_class, given.tax_code, images.get(given.image)
        variants.append(variant)
    _save_all(
        Variant,
        variants,
        [
            "options",
            "position",
            "weight_g",
            "barcode",
            "requires_shipping",
            "tax_class",
            "tax_code",
            "image",
        ],
    )
    return {variant.sku: variant for variant in variants}


def _free_choices(known: Sequence[Variant], wanted: Sequence[VariantInput]) -> None:
    """Two SKUs may swap their options: each gives its own up before it takes the other's."""
    choices = {variant.sku: msgspec.to_builtins(variant.options) for variant in wanted}
    moving = [variant for variant in known if variant.options != choices[variant.sku]]
    for variant in moving:
        variant.options = [{"name": PLACEHOLDER, "value": variant.id}]
    if moving:
        Variant.objects.bulk_update(moving, ["options"])


def _write_prices(variants: dict[str, Variant], wanted: Sequence[VariantInput]) -> None:
    stored = {
        (price.variant_id, price.currency): price for price in Price.objects.filter(variant__in=list(variants.values()))
    }
    prices = [
        Price(
            variant=variants[given.sku],
            currency=price.price.currency,
            amount_minor=price.price.amount,
            compare_at_minor=price.compare_at.amount if price.compare_at else None,
            includes_tax=price.includes_tax,
        )
        for given in wanted
        for price in given.prices
    ]
    kept = {(price.variant_id, price.currency) for price in prices}
    Price.objects.filter(id__in=[price.id for place, price in stored.items() if place not in kept]).delete()
    for price in prices:
        before = stored.get((price.variant_id, price.currency))
        if before and before.amount_minor != price.amount_minor:
            publish(PriceChanged(sku=price.variant.sku, price=Money(price.amount_minor, price.currency)))
    Price.objects.bulk_create(
        prices,
        update_conflicts=True,
        unique_fields=["variant", "currency"],
        update_fields=["amount_minor", "compare_at_minor", "includes_tax"],
    )


def _write_placements(product: Product, paths: Sequence[tuple[str, ...]]) -> None:
    wanted = [ensure_category(names).id for names in paths]
    if wanted == list(product.placements.values_list("category_id", flat=True)):
        return
    product.placements.all().delete()
    Placement.objects.bulk_create(
        Placement(product=product, category_id=category_id, position=position)
        for position, category_id in enumerate(dict.fromkeys(wanted))
    )


def _write_attributes(product: Product, wanted: Sequence[AttributeInput]) -> None:
    definitions = {found.code: found for found in Attribute.objects.filter(code__in={given.code for given in wanted})}
    values: set[tuple[int, str]] = set()
    for given in wanted:
        attribute = definitions.get(given.code)
        if attribute is None:
            name = given.code.replace("-", " ").capitalize()
            attribute, _ = Attribute.objects.get_or_create(code=given.code, defaults={"name": name})
            definitions[given.code] = attribute
        values.add((attribute.id, _value_of(attribute, given.value)))
    known = {(row.attribute_id, row.value): row.id for row in product.attribute_values.all()}
    AttributeValue.objects.filter(id__in=[known[pair] for pair in known.keys() - values]).delete()
    AttributeValue.objects.bulk_create(
        AttributeValue(product=product, attribute_id=attribute_id, value=value)
        for attribute_id, value in sorted(values - known.keys())
    )


def _value_of(attribute: Attribute, value: str) -> str:
    try:
        return canonical(value, kind=attribute.kind, choices=attribute.choices)
    except BadValue as error:
        raise AttributeMismatch(attribute=attribute.code, kind=attribute.kind, value=value) from error
