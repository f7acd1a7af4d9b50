"""Carts in the database. Raw SQL: with the ORM an added line takes eight statements and four times the time.

Every write is one conditional statement on the cart's row, compared by version, so nothing is lost; lines are
written only by whoever has just won that row. PostgreSQL does it in one statement, SQLite in two or three.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import connections

from modules.cart.domain import Item, Kept
from modules.cart.limits import limits
from storefront.database.instant import adapted, aware
from storefront.interface import NotFound

ALIAS = "cart"

_LOAD = """
SELECT c.version, c.currency, c.metadata, c.updated_at, c.claim, c.completing_until, c.completed_at,
       l.id, l.sku, l.title, l.quantity, l.unit_minor
FROM cart_cart AS c LEFT JOIN cart_line AS l ON l.cart_id = c.id WHERE c.id = %s ORDER BY l.id
"""
_INSERT_CART = """
INSERT INTO cart_cart (id, version, currency, metadata, claim, created_at, updated_at, expires_at)
VALUES (%s, 1, %s, %s, '', %s, %s, %s)
"""
_UPDATE_CART = """
UPDATE cart_cart SET version = version + 1, metadata = %s, updated_at = %s, expires_at = %s,
       claim = '', completing_at = NULL, completing_until = NULL
WHERE id = %s AND version = %s AND completed_at IS NULL AND (completing_until IS NULL OR completing_until <= %s)
RETURNING id
"""
_COLUMNS = "id, cart_id, sku, title, quantity, unit_minor"
_OVERWRITE = """
ON CONFLICT (id) DO UPDATE
SET title = excluded.title, quantity = excluded.quantity, unit_minor = excluded.unit_minor
"""


def load(cart_id: str) -> Kept:
    """The cart and its lines, as of one instant.

    :raises NotFound: no such cart
    """
    rows = _rows(_LOAD, [cart_id]) if "\0" not in cart_id else []
    if not rows:
        raise NotFound(kind="cart", id=cart_id)
    version, currency, metadata, updated_at, claim, completing_until, completed_at = rows[0][:7]
    return Kept(
        id=cart_id, version=version, currency=currency, metadata=msgspec.json.decode(metadata, type=dict[str, str]),
        updated_at=aware(updated_at), claim=claim, completing_until=_aware_or_none(completing_until),
        completed_at=_aware_or_none(completed_at), items=tuple(Item(*row[7:]) for row in rows if row[7]),
    )


def lock(cart_id: str) -> Kept:
    """The cart, which nobody else changes until the transaction ends.

    Two statements, because on PostgreSQL a join read by the statement that waits shows lines of before the wait.

    :raises NotFound: no such cart
    """
    if _is_postgresql():
        _rows("SELECT 1 FROM cart_cart WHERE id = %s FOR UPDATE", [cart_id])
    return load(cart_id)


def insert(kept: Kept) -> None:
    """Write a new cart and its lines."""
    now = _adapted(kept.updated_at)
    cart = [kept.id, kept.currency, _json(kept.metadata), now, now, _expiry(kept.updated_at)]
    if not kept.items:
        _run(_INSERT_CART, cart)
        return
    lines, values = _inserted(kept.id, kept.items)
    if _is_postgresql():  # the reference to the cart is checked at the commit, so one statement may do both
        _run(f"WITH cart AS ({_INSERT_CART}) {lines}", cart + values)
        return
    _run(_INSERT_CART, cart)
    _run(lines, values)


def save(kept: Kept, *, before: Kept, now: datetime) -> bool:
    """Write what differs from `before`, if the cart is still at its version and nobody has claimed it.

    An expired claim is cleared. Returns whether the cart was won; if not, nothing was written.
    """
    changed = [item for item in kept.items if item not in before.items]
    left = {item.id for item in kept.items}
    gone = [item.id for item in before.items if item.id not in left]
    instant = _adapted(now)
    cart = [_json(kept.metadata), instant, _expiry(now), kept.id, before.version, instant]
    if _is_postgresql():
        return _save_at_once(cart, kept.id, changed, gone)
    if not _rows(_UPDATE_CART, cart):
        return False
    if gone:
        _run(f"DELETE FROM cart_line WHERE cart_id = %s AND id IN ({_marks(gone)})", [kept.id, *gone])  # noqa: S608
    if changed:
        lines, values = _inserted(kept.id, changed)
        _run(lines + _OVERWRITE, values)
    return True


def _save_at_once(cart: list[Any], cart_id: str, changed: Sequence[Item], gone: Sequence[str]) -> bool:
    parts, values = [f"won AS ({_UPDATE_CART})"], cart
    if gone:
        parts.append("gone AS (DELETE FROM cart_line USING won WHERE cart_id = won.id AND cart_line.id = ANY(%s))")
        values = [*values, list(gone)]
    if changed:
        rows = ", ".join(["(%s, %s, %s, %s::int, %s::bigint)"] * len(changed))
        parts.append(
            f"saved AS (INSERT INTO cart_line ({_COLUMNS})"  # noqa: S608
            " SELECT v.id, won.id, v.sku, v.title, v.quantity, v.unit_minor"
            f" FROM won, (VALUES {rows}) AS v (id, sku, title, quantity, unit_minor) {_OVERWRITE})"
        )
        values = [*values, *(cell for item in changed for cell in msgspec.structs.astuple(item))]
    return bool(_rows(f"WITH {', '.join(parts)} SELECT 1 FROM won", values))  # noqa: S608


def delete(cart_id: str) -> None:
    """Delete a cart that this transaction has locked."""
    _run("DELETE FROM cart_cart WHERE id = %s", [cart_id])
    delete_lines([cart_id])


def delete_lines(cart_ids: Sequence[str]) -> None:
    """Delete what belonged to carts that this transaction has deleted, in statements that see the latest of it."""
    for table in ("cart_line", "cart_tombstone"):
        _run(f"DELETE FROM {table} WHERE cart_id IN ({_marks(cart_ids)})", list(cart_ids))  # noqa: S608


def rounded_up(instant: datetime) -> datetime:
    """To the whole hour. A column that seldom changes spares PostgreSQL a new index entry per change."""
    return instant.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def _aware_or_none(value: Any) -> datetime | None:
    return None if value is None else aware(value)


def _expiry(now: datetime) -> Any:
    return _adapted(rounded_up(now + limits().kept))


def _inserted(cart_id: str, items: Sequence[Item]) -> tuple[str, list[Any]]:
    rows = ", ".join(["(%s, %s, %s, %s, %s, %s)"] * len(items))
    values = [cell for one in items for cell in (one.id, cart_id, one.sku, one.title, one.quantity, one.unit_minor)]
    return f"INSERT INTO cart_line ({_COLUMNS}) VALUES {rows} ", values  # noqa: S608


def _json(metadata: dict[str, str]) -> str:
    return msgspec.json.encode(metadata).decode()


def _adapted(instant: datetime) -> Any:
    return adapted(ALIAS, instant)


def _marks(values: Sequence[str]) -> str:
    return ", ".join(["%s"] * len(values))


def _is_postgresql() -> bool:
    return connections[ALIAS].vendor == "postgresql"


def _run(sql: str, values: list[Any]) -> None:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(sql, values)


def _rows(sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
