"""The commands of the catalogue. The platform has opened the transaction and claimed the key."""

from datetime import datetime

import msgspec
from django.db.models import F

from modules.catalog.domain import made_sku, matrix, quoted_with_tax
from modules.catalog.events import PriceChanged
from modules.catalog.interface import Option, PriceChange, ProductInput, StoredProduct
from modules.catalog.listing import refresh
from modules.catalog.models import Price, Product, Variant
from modules.catalog.writing import check, find_or_start, fingerprint_of, set_status, write
from storefront.events import publish
from storefront.interface import NotFound


def put_product(*, product: ProductInput, now: datetime) -> StoredProduct:
    check(product)
    row, is_new = find_or_start(product)
    if row.fingerprint == fingerprint_of(product):
        return StoredProduct(product_id=row.id, slug=row.slug, outcome="unchanged")
    if not is_new:
        row.version += 1
    write(row, product, now=now)
    refresh([row.id])
    return StoredProduct(product_id=row.id, slug=row.slug, outcome="created" if is_new else "updated")


def change_prices(*, changes: tuple[PriceChange, ...]) -> int:
    wanted = {(change.sku, change.price.currency): change.price for change in changes}
    variants = {variant.sku: variant for variant in Variant.objects.filter(sku__in={sku for sku, _ in wanted})}
    for sku, _ in wanted:
        if sku not in variants:
            raise NotFound(kind="variant", id=sku)
    stored = {
        (price.variant_id, price.currency): price for price in Price.objects.filter(variant__in=variants.values())
    }
    rows = []
    for (sku, currency), price in wanted.items():
        row = stored.get((variants[sku].id, currency)) or Price(
            variant=variants[sku], currency=currency, amount_minor=-1, includes_tax=quoted_with_tax(currency)
        )
        if row.amount_minor != price.amount:
            row.amount_minor = price.amount
            rows.append(row)
            publish(PriceChanged(sku=sku, price=price))
    Price.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["variant", "currency"], update_fields=["amount_minor"]
    )
    touched({variants[sku].product_id for sku, _ in wanted} if rows else set())
    return len(rows)


def publish_product(*, product_id: str, now: datetime) -> None:
    _change_status(product_id, Product.Status.ACTIVE, now=now)


def archive_product(*, product_id: str, now: datetime) -> None:
    _change_status(product_id, Product.Status.ARCHIVED, now=now)


def complete_matrix(*, product_id: str) -> int:
    product = Product.objects.select_for_update().filter(id=product_id).first()
    if product is None:
        raise NotFound(kind="product", id=product_id)
    known = list(product.variants.all())
    choices = {msgspec.convert(variant.options, tuple[Option, ...]) for variant in known}
    axes = [(option.name, option.values) for option in product.options.all()]
    wanted = [tuple(Option(name=name, value=value) for name, value in choice) for choice in matrix(axes) if choice]
    missing = [choice for choice in wanted if choice not in choices]
    made = [
        Variant(
            product=product,
            sku=made_sku(product.handle, [option.value for option in choice]),
            options=msgspec.to_builtins(choice),
            position=len(known) + position,
            weight_g=known[0].weight_g if known else 0,
            tax_class=known[0].tax_class if known else "standard",
        )
        for position, choice in enumerate(missing)
    ]
    Variant.objects.bulk_create(made)
    if known:
        _copy_prices(known[0], made)
    touched({product_id} if made else set())
    return len(made)


def _copy_prices(pattern: Variant, variants: list[Variant]) -> None:
    Price.objects.bulk_create(
        Price(
            variant=variant,
            currency=price.currency,
            amount_minor=price.amount_minor,
            compare_at_minor=price.compare_at_minor,
            includes_tax=price.includes_tax,
        )
        for variant in variants
        for price in pattern.prices.all()
    )


def _change_status(product_id: str, status: str, *, now: datetime) -> None:
    product = Product.objects.select_for_update().filter(id=product_id).first()
    if product is None:
        raise NotFound(kind="product", id=product_id)
    if product.status == status:
        return
    skus = tuple(product.variants.values_list("sku", flat=True))
    set_status(product, status, skus=skus, now=now)
    product.save(update_fields=["status", "published_at", "publish_at"])
    touched({product_id})


def touched(product_ids: set[str]) -> None:
    """Another version, no longer what was imported; its listings follow in the same transaction."""
    Product.objects.filter(id__in=product_ids).update(version=F("version") + 1, fingerprint="")
    refresh(sorted(product_ids))
