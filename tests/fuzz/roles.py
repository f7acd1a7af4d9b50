"""As whom the shop is asked."""

from typing import NamedTuple

from storefront.rest import keys
from tests.edge.principals import everybody
from tests.hostile.document import scopes
from tests.hostile.shop import Shop
from tests.hostile.wire import Headers

SEES = ("cart_id", "other_cart", "checkout_id", "order_checkout", "sold_cart", "full_cart")
NAMED = (
    "order_id", "waiting_order", "payment_id", "held_payment", "idle_payment", "shipment_id", "idle_shipment",
    "endpoint_id",
)

ROLES = (
    "a guest", "shopper A", *(f"a key with {scope}" for scope in sorted(scopes())), "a key without",
    "a key that is revoked", "a key with every scope", "a superuser", "everything at once",
)


class Role(NamedTuple):
    """headers: what shows who it is. ids: what it knows from the start. scopes: what its key may."""

    name: str
    headers: Headers
    ids: tuple[str, ...]
    scopes: frozenset[str] = frozenset()


def role(name: str, shop: Shop) -> Role:
    """Who has this name, in this shop. Guests know the ids that are shown, not those that are secrets."""
    secrets = tuple(shop.names[secret] for secret in SEES)
    shown = tuple(shop.names[each] for each in NAMED)
    if name == "a superuser":
        return Role(name, next(person.headers for person in everybody(shop) if person.name == name), shown)
    if name in ("a guest", "shopper A"):
        return Role(name, (), shown + (secrets if name == "shopper A" else ()))
    if name == "a key that is revoked":
        return Role(name, _bearer(shop.names["revoked"]), shown + secrets)
    if name == "a key without":
        return Role(name, _bearer(shop.names["poor"]), shown)
    if name in ("a key with every scope", "everything at once"):
        known = shown + (secrets if name == "everything at once" else ())
        return Role(name, _bearer(shop.names["machine"]), known, frozenset(scopes()))
    scope = name.removeprefix("a key with ")
    return Role(name, _bearer(keys.mint(name=scope, scopes=[scope])[1]), shown, frozenset({scope}))


def _bearer(key: str) -> Headers:
    return (("Authorization", f"Bearer {key}"),)
