"""The queries' bodies."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from modules.cart import gathering
from modules.cart.domain import repriced
from modules.cart.interface import CartView, Standing
from modules.cart.models import Cart
from modules.cart.view import view_of


def cart(*, cart_id: str, now: datetime) -> CartView:
    """A cart with today's prices and availability. One that has become an order stays as it was."""
    facts = gathering.before_changing(cart_id=cart_id)
    kept = facts.kept
    if kept.completed_at is not None:
        return view_of(kept, now=now, market=facts.market)
    today = msgspec.structs.replace(kept, items=repriced(kept.items, facts.market))
    return view_of(today, now=now, market=facts.market, before=kept.items)


def standings(*, cart_ids: tuple[str, ...]) -> tuple[Standing, ...]:
    """One statement."""
    return _standings(Cart.objects.filter(id__in=cart_ids))


def books(*, after: str, limit: int) -> tuple[Standing, ...]:
    """One statement."""
    completed = Cart.objects.filter(id__gt=after, completed_at__isnull=False)
    return _standings(completed.order_by("id")[: max(0, min(limit, 500))])


def _standings(rows: Iterable[Cart]) -> tuple[Standing, ...]:
    return tuple(
        Standing(cart_id=row.id, order_id=row.claim, is_completed=row.completed_at is not None) for row in rows
    )
