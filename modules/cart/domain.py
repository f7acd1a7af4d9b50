"""Rules of a cart: no I/O. Lines in, lines out."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from modules.cart.interface import Busy, Completed, Metadatum, NotForSale, Stale, TooMany, TooMuch, WantedLine
from modules.cart.limits import Limits
from modules.cart.market import Market
from storefront.ids import new_id
from storefront.interface import NotFound
from storefront.money import LARGEST_AMOUNT, Money


class Item(msgspec.Struct, frozen=True):
    """A line as it is kept. unit_minor: minor units of the cart's currency."""

    id: str
    sku: str
    title: str
    quantity: int
    unit_minor: int


Items = tuple[Item, ...]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A cart and its lines as they were at one version."""

    id: str
    version: int
    currency: str
    metadata: dict[str, str]
    updated_at: datetime
    claim: str = ""
    completing_until: datetime | None = None
    completed_at: datetime | None = None
    items: Items = ()

    def is_completing(self, now: datetime) -> bool:
        """Whether a claim lives."""
        return self.completed_at is None and self.completing_until is not None and self.completing_until > now


def check_editable(kept: Kept, *, expected_version: int | None, now: datetime) -> None:
    """:raises Completed, Busy, Stale: if nobody may edit, or this caller has not seen the present version."""
    if kept.completed_at is not None:
        raise Completed(cart_id=kept.id)
    if kept.is_completing(now):
        raise Busy(cart_id=kept.id)
    if expected_version is not None and expected_version != kept.version:
        raise Stale(version=kept.version, expected=expected_version)


def opened(wanted: Sequence[WantedLine], *, market: Market, limits: Limits) -> Items:
    """Lines of a new cart; those of one SKU are merged, in the order of their first mention.

    :raises NotForSale: for the first SKU without a price
    :raises TooMany: over the limits
    :raises TooMuch: they come to more than anybody can be charged
    """
    quantities: dict[str, int] = {}
    for line in wanted:
        quantities[line.sku] = quantities.get(line.sku, 0) + line.quantity
    ids = sorted(new_id("lin") for _ in quantities)
    items: Items = ()
    for line_id, (sku, quantity) in zip(ids, quantities.items(), strict=True):
        items = added(items, sku=sku, quantity=quantity, market=market, limits=limits, line_id=line_id)
    return items


def added(
    items: Items, *, sku: str, quantity: int, market: Market, limits: Limits, line_id: str | None = None
) -> Items:
    """`quantity` more units of `sku`: its line grows, or a new one is put last.

    :raises NotForSale: the SKU has no price now
    :raises TooMany: the line or the cart would exceed its limit
    :raises TooMuch: the cart would come to more than anybody can be charged
    """
    quote = market.quote(sku)
    if quote is None:
        raise NotForSale(sku=sku, currency=market.currency)
    mine = next((item for item in items if item.sku == sku), None)
    _check_limit((mine.quantity if mine else 0) + quantity, limits.max_quantity)
    if mine:
        grown = msgspec.structs.replace(mine, quantity=mine.quantity + quantity)
        return _payable(_replaced(items, grown), market.currency)
    _check_limit(len(items) + 1, limits.max_lines)
    new = Item(line_id or new_id("lin"), sku, quote.title, quantity, quote.unit_price.amount)
    return _payable((*items, new), market.currency)


def changed(items: Items, *, line_id: str, quantity: int, market: Market, limits: Limits) -> Items:
    """The line with its new quantity. Fewer units may be kept of what is not sold any more, never more.

    :raises NotFound: no such line
    :raises NotForSale, TooMany, TooMuch: as in `added`
    """
    mine = line_of(items, line_id)
    if quantity > mine.quantity and market.is_gone(mine.sku):
        raise NotForSale(sku=mine.sku, currency=market.currency)
    _check_limit(quantity, limits.max_quantity)
    return _payable(_replaced(items, msgspec.structs.replace(mine, quantity=quantity)), market.currency)


def removed(items: Items, *, line_id: str) -> Items:
    """:raises NotFound: no such line."""
    gone = line_of(items, line_id)
    return tuple(item for item in items if item is not gone)


def line_of(items: Items, line_id: str) -> Item:
    """:raises NotFound: no such line."""
    for item in items:
        if item.id == line_id:
            return item
    raise NotFound(kind="line", id=line_id)


def repriced(items: Items, market: Market) -> Items:
    """Lines at today's prices and titles; what has no price now keeps the last one known.

    So do all of them if they came to more than anybody can be charged: the order is refused, not the sight of the cart.
    """
    today = tuple(_repriced(item, market) for item in items)
    return items if _sum_minor(today) > LARGEST_AMOUNT else today


def noted(metadata: Iterable[Metadatum], *, limits: Limits) -> dict[str, str]:
    """The string map, by key; of one key the last value.

    :raises TooMany: over the limit
    """
    found = {entry.key: entry.value for entry in metadata}
    _check_limit(len(found), limits.max_metadata)
    return dict(sorted(found.items()))


def _repriced(item: Item, market: Market) -> Item:
    quote = market.quote(item.sku)
    if quote is None or (quote.unit_price.amount, quote.title) == (item.unit_minor, item.title):
        return item
    return msgspec.structs.replace(item, unit_minor=quote.unit_price.amount, title=quote.title)


def _replaced(items: Items, one: Item) -> Items:
    return tuple(one if item.id == one.id else item for item in items)


def _payable(items: Items, currency: str) -> Items:
    if _sum_minor(items) > LARGEST_AMOUNT:
        raise TooMuch(largest=Money(LARGEST_AMOUNT, currency))
    return items


def _sum_minor(items: Items) -> int:
    return sum(item.unit_minor * item.quantity for item in items)


def _check_limit(requested: int, limit: int) -> None:
    if requested > limit:
        raise TooMany(requested=requested, limit=limit)
