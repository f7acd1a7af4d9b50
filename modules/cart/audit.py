"""Defects in the books of cart, one sentence each."""

from collections.abc import Iterator

from django.db.models import Count, F

from modules.cart.limits import limits
from modules.cart.models import Cart, Line, Tombstone
from storefront.currency import EXPONENTS


def audit() -> Iterator[str]:
    """What constraints cannot hold: limits, currencies, claims that were given up and yet live."""
    yield from _over_limits()
    yield from _foreign_currencies()
    yield from _undead_claims()
    for cart in Cart.objects.filter(updated_at__lt=F("created_at")).iterator():
        yield f"Cart {cart.id} was changed at {cart.updated_at}, before it was opened at {cart.created_at}."


def _over_limits() -> Iterator[str]:
    own = limits()
    for line in Line.objects.filter(quantity__gt=own.max_quantity).iterator():
        yield f"Cart {line.cart_id} holds {line.quantity} of {line.sku}; at most {own.max_quantity} are allowed."
    crowded = Cart.objects.annotate(count=Count("lines")).filter(count__gt=own.max_lines)
    for cart_id, count in crowded.values_list("id", "count"):
        yield f"Cart {cart_id} has {count} lines; at most {own.max_lines} are allowed."


def _foreign_currencies() -> Iterator[str]:
    for currency in Cart.objects.order_by().values_list("currency", flat=True).distinct():
        if currency not in EXPONENTS:
            yield f"There are carts in {currency!r}, which is no currency."


def _undead_claims() -> Iterator[str]:
    claims = dict(Cart.objects.exclude(claim="").values_list("id", "claim"))
    for cart_id, claim in Tombstone.objects.values_list("cart_id", "claim").iterator():
        if claims.get(cart_id) == claim:
            yield f"Cart {cart_id} is claimed by {claim}, which was given up before."
