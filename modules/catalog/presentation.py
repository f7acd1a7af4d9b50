"""What a product's listing says: pure composition of the answer from what was read."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings

from modules.catalog.api.shapes import (
    AttributeShown,
    Card,
    CategoryRef,
    Detail,
    OptionAxis,
    Picture,
    Seo,
    Source,
    VariantShown,
)
from modules.catalog.domain import best_band, slug_of, typed
from modules.catalog.graph import Pictured, PricedAt, Stocked, Whole
from modules.catalog.interface import Rendition
from storefront.money import Money

MIDDLE_WIDTH = 640


def compose(whole: Whole, *, currency: str) -> tuple[Card, Detail] | None:
    """The card and the page in one currency; nothing, if it is not on sale or has no price in it."""
    variants = [variant for variant in whole.variants.values() if currency in variant.prices]
    published_at = whole.published_at
    if whole.status != "active" or published_at is None or not variants:
        return None
    pictures = {image.id: picture(image) for image in whole.images}
    card = _card(whole, variants, next(iter(pictures.values()), None), currency)
    return card, _detail(whole, card, variants, pictures, published_at)


def currencies_of(whole: Whole) -> list[str]:
    """Every currency that a variant is priced in."""
    return sorted({currency for variant in whole.variants.values() for currency in variant.prices})


def _card(whole: Whole, variants: Sequence[Stocked], image: Picture | None, currency: str) -> Card:
    prices = [variant.prices[currency] for variant in variants]
    lowest = min(prices)
    return Card(
        id=whole.id, slug=whole.slug, title=whole.title, vendor=whole.vendor, image=image,
        price=Money(lowest.amount_minor, currency), highest_price=Money(max(prices).amount_minor, currency),
        compare_at=_compare_at(lowest, currency), price_includes_tax=lowest.includes_tax,
        availability=best_band(variant.band for variant in variants),  # type: ignore[arg-type]  # bands are checked where they enter
    )


def _compare_at(price: PricedAt, currency: str) -> Money | None:
    above = price.compare_at_minor
    return Money(above, currency) if above is not None and above > price.amount_minor else None


def _detail(
    whole: Whole, card: Card, variants: Sequence[Stocked], pictures: dict[int, Picture], published_at: datetime
) -> Detail:
    return Detail(
        id=card.id, slug=card.slug, title=card.title, vendor=card.vendor, price=card.price,
        highest_price=card.highest_price, compare_at=card.compare_at, price_includes_tax=card.price_includes_tax,
        availability=card.availability, image=card.image, description=whole.description,
        product_type=whole.product_type, tags=whole.tags,
        categories=tuple(CategoryRef(name=name, slug=slug, path=path) for name, slug, path in whole.categories),
        attributes=_attributes(whole.attributes),
        options=tuple(OptionAxis(code=slug_of(name), name=name, values=values) for name, values in whole.options),
        variants=tuple(_variant(variant, pictures, card.price.currency) for variant in variants),
        images=tuple(pictures.values()), seo=Seo(title=whole.seo_title, description=whole.seo_description),
        metadata=whole.metadata, published_at=published_at, version=whole.version,
    )


def _variant(variant: Stocked, pictures: dict[int, Picture], currency: str) -> VariantShown:
    price = variant.prices[currency]
    return VariantShown(
        id=variant.id, sku=variant.sku, price=Money(price.amount_minor, currency),
        options={slug_of(option.name): option.value for option in variant.options},
        compare_at=_compare_at(price, currency), price_includes_tax=price.includes_tax,
        availability=variant.band,  # type: ignore[arg-type]
        expected_date=variant.expected_date if variant.band == "backorder" else None,
        weight_g=variant.weight_g, barcode=variant.barcode, requires_shipping=variant.requires_shipping,
        image=pictures.get(variant.image_id) if variant.image_id else None,
    )


def _attributes(rows: Iterable[tuple[str, str, str, str, bool]]) -> dict[str, AttributeShown]:
    values: dict[str, list[str | int | float | bool]] = {}
    for code, _, kind, value, _ in rows:
        values.setdefault(code, []).append(typed(value, kind=kind))
    return {code: found[0] if len(found) == 1 else tuple(found) for code, found in values.items()}


def picture(image: Pictured) -> Picture:
    """A picture with the widths that it has, WebP for all and AVIF for those who can."""
    webp = [rendition for rendition in image.renditions if rendition.format == "webp"]
    avif = [rendition for rendition in image.renditions if rendition.format == "avif"]
    middle = next((rendition for rendition in webp if rendition.width >= MIDDLE_WIDTH), webp[-1])
    sources = (Source(type="image/avif", srcset=_srcset(avif)),) if avif else ()
    return Picture(
        url=_url(middle), alt=image.alt, width=image.width, height=image.height, srcset=_srcset(webp), sources=sources
    )


def _srcset(renditions: Sequence[Rendition]) -> str:
    return ", ".join(f"{_url(rendition)} {rendition.width}w" for rendition in renditions)


def _url(rendition: Rendition) -> str:
    return f"{settings.MEDIA_URL}{rendition.name}"
