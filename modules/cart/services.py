"""The commands' bodies. Each change is worked out on the gathered cart and written if that is still the cart."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from modules.cart import claims, domain, gathering, store
from modules.cart.domain import Items, Kept
from modules.cart.events import CartCompleted
from modules.cart.gathering import Facts
from modules.cart.interface import CartView, Metadatum, WantedLine
from modules.cart.limits import limits
from modules.cart.market import Market
from modules.cart.view import view_of
from storefront.calls.provider import gathers
from storefront.events import publish
from storefront.ids import secret_id

Change = Callable[[Kept], Kept]


@gathers(gathering.before_creating)
def create(
    *, currency: str, lines: tuple[WantedLine, ...], metadata: tuple[Metadatum, ...], facts: Market, now: datetime
) -> CartView:
    """Open a cart."""
    kept = Kept(
        id=secret_id("crt"), version=1, currency=currency, metadata=domain.noted(metadata, limits=limits()),
        updated_at=now, items=domain.opened(lines, market=facts, limits=limits()),
    )
    store.insert(kept)
    return view_of(kept, now=now, market=facts)


@gathers(gathering.before_adding)
def add_line(
    *, cart_id: str, sku: str, quantity: int, expected_version: int | None, facts: Facts, now: datetime
) -> CartView:
    """Add units of a SKU, to its line if there is one."""

    def add(items: Items) -> Items:
        return domain.added(items, sku=sku, quantity=quantity, market=facts.market, limits=limits())

    return _edit(facts, expected_version=expected_version, now=now, change=_lines(add))


@gathers(gathering.before_changing)
def change_line(
    *, cart_id: str, line_id: str, quantity: int, expected_version: int | None, facts: Facts, now: datetime
) -> CartView:
    """Set the quantity of a line."""

    def change(items: Items) -> Items:
        return domain.changed(items, line_id=line_id, quantity=quantity, market=facts.market, limits=limits())

    return _edit(facts, expected_version=expected_version, now=now, change=_lines(change))


@gathers(gathering.before_changing)
def remove_line(
    *, cart_id: str, line_id: str, expected_version: int | None, facts: Facts, now: datetime
) -> CartView:
    """Take a line out."""

    def remove(items: Items) -> Items:
        return domain.removed(items, line_id=line_id)

    return _edit(facts, expected_version=expected_version, now=now, change=_lines(remove))


@gathers(gathering.before_changing)
def change(
    *, cart_id: str, metadata: tuple[Metadatum, ...], expected_version: int | None, facts: Facts, now: datetime
) -> CartView:
    """Replace what the client attached."""
    noted = domain.noted(metadata, limits=limits())

    def note(kept: Kept) -> Kept:
        return msgspec.structs.replace(kept, metadata=noted)

    return _edit(facts, expected_version=expected_version, now=now, change=note)


def discard(*, cart_id: str, expected_version: int | None, now: datetime) -> None:
    """Delete the cart."""
    kept = store.lock(cart_id)
    domain.check_editable(kept, expected_version=expected_version, now=now)
    store.delete(cart_id)


def freeze(*, cart_id: str, claim: str, now: datetime) -> CartView:
    """Claim the cart for an order."""
    return view_of(claims.freeze(cart_id=cart_id, claim=claim, now=now), now=now)


def thaw(*, cart_id: str, claim: str, now: datetime) -> None:
    """Give a claim up."""
    claims.thaw(cart_id=cart_id, claim=claim, now=now)


def complete(*, cart_id: str, claim: str, now: datetime) -> None:
    """The cart has become the order that claimed it."""
    if claims.complete(cart_id=cart_id, claim=claim, now=now):
        publish(CartCompleted(cart_id=cart_id, order_id=claim))


def _lines(change: Callable[[Items], Items]) -> Change:
    return lambda kept: msgspec.structs.replace(kept, items=change(kept.items))


def _edit(facts: Facts, *, expected_version: int | None, now: datetime, change: Change) -> CartView:
    """Try the change on the gathered cart; if another change came first, lock the cart and work it out again."""
    before, is_locked = facts.kept, False
    while True:
        domain.check_editable(before, expected_version=expected_version, now=now)
        today = msgspec.structs.replace(before, items=domain.repriced(before.items, facts.market))
        after = msgspec.structs.replace(
            change(today), version=before.version + 1, updated_at=now, completing_until=None
        )
        if store.save(after, before=before, now=now):
            return view_of(after, now=now, market=facts.market, before=before.items)
        if is_locked:
            raise RuntimeError(f"Cart {before.id} is locked at version {before.version}, yet was not won.")
        before, is_locked = store.lock(before.id), True
