"""Defects in the books of cart, one sentence each."""

from collections.abc import Iterator
from functools import partial

from django.db.models import Count, F

from modules.cart.limits import limits
from modules.cart.models import Cart, Line, Tombstone
from storefront import clock
from storefront.audit import Finding
from storefront.audit.pages import pages_of
from storefront.currency import EXPONENTS
from storefront.database.unit import unit_of_work


def audit() -> Iterator[Finding]:
    """What constraints cannot hold: limits, currencies, claims that were given up and yet live."""
    yield from _over_limits()
    yield from _foreign_currencies()
    yield from _undead_claims()
    for page in pages_of(Cart.objects.filter(updated_at__lt=F("created_at"))):
        for cart in page:
            yield Finding(
                f"Cart {cart.id} was changed at {cart.updated_at}, before it was opened at {cart.created_at}.",
                code="cart.changed_before_birth", about=cart.id,
                remedy="A machine's clock is wrong; the cart itself is sound.",
            )


def _over_limits() -> Iterator[Finding]:
    own = limits()
    for page in pages_of(Line.objects.filter(quantity__gt=own.max_quantity)):
        for line in page:
            yield Finding(
                f"Cart {line.cart_id} holds {line.quantity} of {line.sku}; at most {own.max_quantity} are allowed.",
                code="cart.too_many_units", about=line.id,
                remedy="It was filled under another limit: raise it, or let the cart expire.",
            )
    crowded = Cart.objects.annotate(count=Count("lines")).filter(count__gt=own.max_lines)
    for carts in pages_of(crowded):
        for cart in carts:
            yield Finding(
                f"Cart {cart.id} has {cart.count} lines; at most {own.max_lines} are allowed.",
                code="cart.too_many_lines", about=cart.id,
                remedy="It was filled under another limit: raise it, or let the cart expire.",
            )


def _foreign_currencies() -> Iterator[Finding]:
    for currency in Cart.objects.order_by().values_list("currency", flat=True).distinct():
        if currency not in EXPONENTS:
            yield Finding(
                f"There are carts in {currency!r}, which is no currency.", code="cart.no_such_currency",
                about=currency, remedy="Nothing can be priced in it; let the carts expire.",
            )


def _undead_claims() -> Iterator[Finding]:
    for page in pages_of(Tombstone.objects.all()):
        claims = dict(Cart.objects.filter(id__in=[grave.cart_id for grave in page]).values_list("id", "claim"))
        for grave in page:
            if claims.get(grave.cart_id) == grave.claim:
                yield Finding(
                    f"Cart {grave.cart_id} is claimed by {grave.claim}, which was given up before.",
                    code="cart.undead_claim", about=grave.cart_id, repair=partial(_free, grave.cart_id, grave.claim),
                    remedy="A cart that is completed stays so: look at the order.",
                )


def _free(cart_id: str, claim: str) -> str:
    """Give the claim up for good, unless the cart has become an order under it."""
    with unit_of_work("cart") as unit:
        unit.now = clock.now()
        rows = Cart.objects.filter(id=cart_id, claim=claim, completed_at=None)
        freed = rows.update(claim="", completing_at=None, completing_until=None)
    return "Its shopper may edit it again." if freed else "It is completed by now."
