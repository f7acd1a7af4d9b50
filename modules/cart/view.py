"""A cart as its owner sees it."""

from datetime import datetime

from modules.cart.domain import Item, Items, Kept
from modules.cart.interface import CartLine, CartView, Metadatum
from modules.cart.market import UNKNOWN, Market
from storefront.money import Money, sum_of


def view_of(
    kept: Kept, *, now: datetime, market: Market | None = None, before: Items | None = None
) -> CartView:
    """Render a cart. before: its lines as last written down; a unit price that differs from there has drifted.

    What is not on sale any more counts at its last price: the order is refused, not the sight of the cart.
    """
    shown = {item.id: item.unit_minor for item in before or ()}
    lines = tuple(_line(item, kept.currency, shown.get(item.id), market) for item in kept.items)
    return CartView(
        id=kept.id, version=kept.version, currency=kept.currency, lines=lines,
        subtotal=sum_of((line.total for line in lines), kept.currency), updated_at=kept.updated_at,
        metadata=tuple(Metadatum(key=key, value=kept.metadata[key]) for key in sorted(kept.metadata)),
        is_completing=kept.is_completing(now), is_completed=kept.completed_at is not None,
    )


def _line(item: Item, currency: str, shown_minor: int | None, market: Market | None) -> CartLine:
    has_drifted = shown_minor is not None and shown_minor != item.unit_minor
    return CartLine(
        id=item.id, sku=item.sku, title=item.title, quantity=item.quantity,
        unit_price=Money(item.unit_minor, currency), total=Money(item.unit_minor * item.quantity, currency),
        availability=market.availability(item.sku) if market else UNKNOWN,
        drifted_from=Money(shown_minor, currency) if has_drifted and shown_minor is not None else None,
    )
