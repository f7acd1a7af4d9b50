"""What a command or query must know before it starts: the cart as it is, and today's market."""

from collections.abc import Iterable
from typing import Any

import msgspec

from modules.cart import store
from modules.cart.domain import Items, Kept
from modules.cart.interface import NoSuchCurrency, WantedLine
from modules.cart.market import Market
from modules.catalog.interface import Catalog, Quote
from modules.inventory.interface import Inventory
from storefront.currency import EXPONENTS
from storefront.interface import OutcomeUnknown, Unavailable, connect

MAX_SKU = 64

_catalog = connect(Catalog)
_inventory = connect(Inventory)


class Facts(msgspec.Struct, frozen=True):
    """Gathered before a change. The change is tried on this version of the cart first."""

    kept: Kept
    market: Market


def before_creating(*, currency: str, lines: tuple[WantedLine, ...], **_: Any) -> Market:
    """:raises NoSuchCurrency: prices cannot be in this currency."""
    if currency not in EXPONENTS:
        raise NoSuchCurrency(currency=currency)
    return ask(currency, skus=(line.sku for line in lines), must_price=True)


def before_adding(*, cart_id: str, sku: str, **_: Any) -> Facts:
    """:raises NotFound: no such cart."""
    kept = store.load(cart_id)
    return Facts(kept, ask(kept.currency, skus=[sku, *_skus(kept.items)], must_price=True))


def before_changing(*, cart_id: str, **_: Any) -> Facts:
    """:raises NotFound: no such cart."""
    kept = store.load(cart_id)
    return Facts(kept, ask(kept.currency, skus=_skus(kept.items)))


def ask(currency: str, *, skus: Iterable[str], must_price: bool = False) -> Market:
    """Ask catalog, then inventory. Whoever does not answer leaves the cart readable.

    must_price: what is to be sold needs a price, so an unavailable catalog is not tolerated.

    :raises Unavailable: if prices are needed and catalog does not answer
    """
    asked = frozenset(skus)
    known = tuple(sorted(sku for sku in asked if is_sku(sku)))
    quotes = _quotes(known, currency, must_price=must_price)
    return Market(currency, asked, quotes, _bands(known))


def is_sku(text: str) -> bool:
    """Whether a SKU can look like this; others need not be asked for."""
    return 0 < len(text) <= MAX_SKU and text.isprintable()


def _quotes(skus: tuple[str, ...], currency: str, *, must_price: bool) -> dict[str, Quote] | None:
    if not skus:
        return {}
    try:
        quotes = _catalog.quotes(skus=skus, currency=currency)
    except (Unavailable, OutcomeUnknown):
        if must_price:
            raise
        return None
    return {quote.sku: quote for quote in quotes}


def _bands(skus: tuple[str, ...]) -> dict[str, str] | None:
    if not skus:
        return {}
    try:
        return {one.sku: one.band for one in _inventory.availability(skus=skus)}
    except (Unavailable, OutcomeUnknown):
        return None


def _skus(items: Items) -> list[str]:
    return [item.sku for item in items]
