"""What other modules ask: quotes, in one statement."""

from typing import Any

import msgspec
from django.conf import settings
from django.db import connections

from modules.catalog.interface import Option, Quote
from storefront.money import Money

_options = msgspec.json.Decoder(tuple[Option, ...])

QUOTES = """SELECT v.sku, v.product_id, v.id, p.title, v.options, r.amount_minor, r.includes_tax, v.tax_class,
    v.weight_g, v.requires_shipping,
    coalesce((SELECT own.thumbnail FROM catalog_image own WHERE own.id = v.image_id AND own.thumbnail <> ''),
        (SELECT i.thumbnail FROM catalog_image i WHERE i.product_id = p.id AND i.thumbnail <> ''
         ORDER BY i.position, i.id LIMIT 1))
    FROM catalog_variant v JOIN catalog_product p ON p.id = v.product_id
    JOIN catalog_price r ON r.variant_id = v.id AND r.currency = %s
    WHERE p.status = 'active' AND v.sku IN ({skus})"""


def quotes(*, skus: tuple[str, ...], currency: str) -> tuple[Quote, ...]:
    if not skus:
        return ()
    wanted = list(dict.fromkeys(skus))
    with connections["catalog"].cursor() as cursor:
        cursor.execute(QUOTES.format(skus=", ".join(["%s"] * len(wanted))), [currency, *wanted])
        found = {row[0]: _quote(row, currency) for row in cursor.fetchall()}
    return tuple(found[sku] for sku in wanted if sku in found)


def _quote(row: tuple[Any, ...], currency: str) -> Quote:
    sku, product_id, variant_id, title, options, amount, includes_tax, tax_class, weight_g, ships, thumbnail = row
    return Quote(
        sku=sku,
        product_id=product_id,
        variant_id=variant_id,
        title=title,
        options=_options.decode(options),
        unit_price=Money(amount, currency),
        price_includes_tax=bool(includes_tax),
        tax_class=tax_class,
        weight_g=weight_g,
        requires_shipping=bool(ships),
        image_url=f"{settings.MEDIA_URL}{thumbnail}" if thumbnail else "",
    )
