"""The queries' bodies."""

from datetime import datetime

import msgspec

from modules.cart import gathering
from modules.cart.domain import repriced
from modules.cart.interface import CartView
from modules.cart.view import view_of


def cart(*, cart_id: str, now: datetime) -> CartView:
    """A cart with today's prices and availability. One that has become an order stays as it was."""
    facts = gathering.before_changing(cart_id=cart_id)
    kept = facts.kept
    if kept.completed_at is not None:
        return view_of(kept, now=now, market=facts.market)
    today = msgspec.structs.replace(kept, items=repriced(kept.items, facts.market))
    return view_of(today, now=now, market=facts.market, before=kept.items)
