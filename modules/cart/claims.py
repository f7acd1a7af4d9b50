"""The claim that freezes a cart while it is paid for.

The cart's row orders everything: freeze and thaw both write it, then freeze looks for the tombstone in a statement
of its own, which sees what was committed while it waited. So whichever comes first, a claim given up never freezes.
"""

from datetime import datetime
from typing import Any

import msgspec
from django.db import connections

from modules.cart import store
from modules.cart.domain import Item, Kept
from modules.cart.interface import Busy, Completed
from modules.cart.limits import limits
from storefront.database.instant import adapted, aware
from storefront.interface import NotFound

_FREEZE = """
UPDATE cart_cart
SET completing_at = CASE WHEN claim = %(claim)s AND completing_until > %(now)s THEN completing_at ELSE %(now)s END,
    claim = %(claim)s, completing_until = %(until)s, expires_at = %(expiry)s
WHERE id = %(cart)s AND completed_at IS NULL
  AND (completing_until IS NULL OR completing_until <= %(now)s OR claim = %(claim)s)
RETURNING version, currency, metadata, updated_at
"""
_TOMBSTONES = "SELECT 1 FROM cart_tombstone WHERE cart_id = %(cart)s AND claim = %(claim)s"
_FROZEN = f"""
SELECT given.up, l.id, l.sku, l.title, l.quantity, l.unit_minor
FROM (SELECT EXISTS ({_TOMBSTONES}) AS up) AS given LEFT JOIN cart_line AS l ON l.cart_id = %(cart)s ORDER BY l.id
"""  # noqa: S608
_BURY = """
INSERT INTO cart_tombstone (cart_id, claim, created_at) VALUES (%(cart)s, %(claim)s, %(now)s)
ON CONFLICT (cart_id, claim) DO NOTHING
"""
_THAW = """
UPDATE cart_cart
SET completing_at = CASE WHEN claim = %(claim)s THEN NULL ELSE completing_at END,
    completing_until = CASE WHEN claim = %(claim)s THEN NULL ELSE completing_until END,
    claim = CASE WHEN claim = %(claim)s THEN '' ELSE claim END
WHERE id = %(cart)s AND completed_at IS NULL
"""
_COMPLETE = f"""
UPDATE cart_cart
SET claim = %(claim)s, completed_at = %(now)s, completing_until = NULL, expires_at = %(expiry)s
WHERE id = %(cart)s AND completed_at IS NULL AND NOT EXISTS ({_TOMBSTONES})
RETURNING id
"""  # noqa: S608


def freeze(*, cart_id: str, claim: str, now: datetime) -> Kept:
    """Take or extend the claim; the cart as it is now.

    :raises NotFound, Completed, Busy: see the face; Busy also for a claim that was given up before
    """
    until = now + limits().claimed
    values = _values(cart_id, claim, now) | {"until": _at(until), "expiry": _at(store.rounded_up(now + limits().kept))}
    rows = _execute(_FREEZE, values)
    if not rows:
        _refuse(cart_id)
    lines = _execute(_FROZEN, values)
    if lines[0][0]:
        raise Busy(cart_id=cart_id)
    version, currency, metadata, updated_at = rows[0]
    return Kept(
        id=cart_id, version=version, currency=currency, metadata=msgspec.json.decode(metadata, type=dict[str, str]),
        updated_at=aware(updated_at), claim=claim, completing_until=until,
        items=tuple(Item(*line[1:]) for line in lines if line[1]),
    )


def thaw(*, cart_id: str, claim: str, now: datetime) -> None:
    """Leave a tombstone and give up the claim, if it is this one. The row is written in any case: see above."""
    values = _values(cart_id, claim, now)
    if connections[store.ALIAS].vendor == "postgresql":
        _execute(f"WITH buried AS ({_BURY}) {_THAW}", values)
        return
    _execute(_BURY, values)
    _execute(_THAW, values)


def complete(*, cart_id: str, claim: str, now: datetime) -> bool:
    """Mark the cart as this order's. Returns False if it was already.

    :raises NotFound, Completed: see the face
    """
    expiry = _at(store.rounded_up(now + limits().kept_completed))
    if _execute(_COMPLETE, _values(cart_id, claim, now) | {"expiry": expiry}):
        return True
    kept = store.load(cart_id)
    if kept.completed_at is None:
        raise NotFound(kind="claim", id=claim)
    if kept.claim != claim:
        raise Completed(cart_id=cart_id)
    return False


def _refuse(cart_id: str) -> None:
    if store.load(cart_id).completed_at is not None:
        raise Completed(cart_id=cart_id)
    raise Busy(cart_id=cart_id)


def _values(cart_id: str, claim: str, now: datetime) -> dict[str, Any]:
    return {"cart": cart_id, "claim": claim, "now": _at(now)}


def _at(instant: datetime) -> Any:
    return adapted(store.ALIAS, instant)


def _execute(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connections[store.ALIAS].cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []
