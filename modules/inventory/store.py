"""Locks and rows: the raw SQL of inventory's commands, for PostgreSQL and SQLite.

The order of locks, everywhere: an order's reservation, then stock by SKU and location. Whoever holds stock and
wants another order's reservation takes it only if nobody else has it, so nobody waits in a circle. On SQLite the
transaction is the lock.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from django.db import connections

from modules.inventory.domain import Shelf, Stock
from storefront.database.instant import adapted
from storefront.database.unit import vendor

MODULE = "inventory"


class Owned(NamedTuple):
    """Where an order's reservation stands."""

    status: str
    expires_at: datetime
    has_backorder: bool


@dataclass(slots=True)
class Line:
    """Units of a SKU at a location for an order; `held` of them are still counted in the level."""

    order_id: str
    sku: str
    location: str
    quantity: int = 0
    held: int = 0
    shipped: int = 0
    status: str = "held"

    @property
    def missing(self) -> int:
        """Units that were obtained and have since been given back."""
        return self.quantity - self.held - self.shipped


_STOCK = """
SELECT i.sku, i.low_stock_threshold, i.backorder_limit, i.expected_date, i.backordered, i.sequence, i.low_since,
       l.location, p.priority, l.on_hand, l.allocated, l.reserved, l.version{columns}
FROM {tables}inventory_stockitem i
JOIN inventory_level l ON l.sku = i.sku
JOIN inventory_location p ON p.code = l.location{joins}
WHERE {where}
ORDER BY i.sku, l.location{lock}
"""
_CLAIM = """
INSERT INTO inventory_reservation (order_id, status, expires_at, has_backorder, created_at)
VALUES (%s, 'held', %s, false, %s) ON CONFLICT (order_id) DO NOTHING RETURNING order_id
"""
_LINE = "line.order_id, line.sku, line.location, line.quantity, line.held, line.shipped, r.status"


def claim(order_id: str, skus: Collection[str], *, now: datetime, expires_at: datetime) -> dict[str, Stock] | None:
    """Open the reservation of a new order and lock the stock it wants; one statement on PostgreSQL.

    None: the order has a reservation already, or nothing is known of any of the SKUs.
    """
    opening = [order_id, instant_in(expires_at), instant_in(now)]
    where, wanted = _among("i.sku", skus)
    if vendor(MODULE) == "postgresql":
        sql = f"WITH claimed AS ({_CLAIM})" + _stock_sql(where, tables="claimed CROSS JOIN ")
        return _stocks(_rows(sql, [*opening, *wanted])) or None
    if not _rows(_CLAIM, opening):
        return None
    return _stocks(_rows(_stock_sql(where), wanted)) or None


def lock_stock(skus: Collection[str]) -> dict[str, Stock]:
    """Lock SKUs with their shelves, in the one order. Unknown SKUs are left out."""
    where, wanted = _among("i.sku", skus)
    return _stocks(_rows(_stock_sql(where), wanted))


def lock_order(order_id: str) -> Owned | None:
    """Lock the reservation of an order, if it has one."""
    sql = "SELECT status, expires_at, has_backorder FROM inventory_reservation WHERE order_id = %s"
    rows = _rows(sql + _lock("UPDATE"), [order_id])
    return Owned(rows[0][0], instant(rows[0][1]), bool(rows[0][2])) if rows else None


def lock_or_entomb(order_id: str, *, now: datetime) -> Owned:
    """Lock the reservation of an order; where there is none, leave a released one, which refuses a late `reserve`."""
    rows = _rows(
        "INSERT INTO inventory_reservation AS r (order_id, status, expires_at, has_backorder, created_at)"
        " VALUES (%s, 'released', %s, false, %s)"
        " ON CONFLICT (order_id) DO UPDATE SET created_at = r.created_at"
        " RETURNING status, expires_at, has_backorder",
        [order_id, instant_in(now), instant_in(now)],
    )
    return Owned(rows[0][0], instant(rows[0][1]), bool(rows[0][2]))


def lock_stock_of(
    order_id: str, owned: Owned, *, skus: Collection[str] = ()
) -> tuple[dict[str, Stock], list[Line]]:
    """Lock the stock that an order (locked before) has lines of, and `skus`; read its lines.

    Another order's command may fill a backordered line while we wait for the lock: then they are read once more.
    """
    further = f" UNION VALUES {', '.join(['(%s)'] * len(skus))}" if skus else ""  # with OR, both tables are read whole
    sql = _stock_sql(
        f"i.sku IN (SELECT sku FROM inventory_reservationline WHERE order_id = %s{further})",  # noqa: S608
        columns=", line.quantity, line.held, line.shipped",
        joins=" LEFT JOIN inventory_reservationline line"
        " ON line.order_id = %s AND line.sku = l.sku AND line.location = l.location",
    )
    rows = _rows(sql, [order_id, order_id, *skus])
    if owned.has_backorder:
        return _stocks(rows), lines_of([order_id])
    lines = [
        Line(order_id, row[0], row[7], row[13], row[14], row[15], owned.status) for row in rows if row[13] is not None
    ]
    return _stocks(rows), lines


def lines_of(order_ids: Collection[str]) -> list[Line]:
    """The lines of orders, by order, SKU and location."""
    where, wanted = _among("line.order_id", order_ids)
    return _lines(where, wanted, order="line.order_id, line.sku, line.location")


def expected_dates(skus: Collection[str]) -> dict[str, date | None]:
    """When further units of each SKU are expected."""
    where, wanted = _among("sku", skus)
    rows = _rows(f"SELECT sku, expected_date FROM inventory_stockitem WHERE {where}", wanted)  # noqa: S608
    return {row[0]: day(row[1]) for row in rows}


def overdue_orders(now: datetime, *, limit: int) -> list[str]:
    """Orders whose time to hold stock is over, longest first."""
    rows = _rows(
        "SELECT order_id FROM inventory_reservation WHERE status = 'held' AND expires_at <= %s"
        " ORDER BY expires_at, order_id LIMIT %s",
        [instant_in(now), limit],
    )
    return [row[0] for row in rows]


def skus_of(order_ids: Collection[str]) -> list[str]:
    """The SKUs that orders have lines of."""
    where, wanted = _among("order_id", order_ids)
    return [row[0] for row in _rows(f"SELECT DISTINCT sku FROM inventory_reservationline WHERE {where}", wanted)]  # noqa: S608


def seize_overdue(order_ids: Collection[str], now: datetime) -> dict[str, Owned]:
    """Lock those of the reservations that are still overdue and in nobody's hands. Their stock must be locked."""
    where, wanted = _among("order_id", order_ids)
    rows = _rows(
        "SELECT order_id, status, expires_at, has_backorder FROM inventory_reservation"  # noqa: S608
        f" WHERE {where} AND status = 'held' AND expires_at <= %s"
        f" ORDER BY order_id{_lock('UPDATE SKIP LOCKED')}",
        [*wanted, instant_in(now)],
    )
    return {row[0]: Owned(row[1], instant(row[2]), bool(row[3])) for row in rows}


def seize_overdue_lines(sku: str, now: datetime, *, own: str, limit: int) -> list[Line]:
    """Lines of a SKU (locked before) that overdue reservations still hold, longest overdue first.

    Not those of the order `own`; at most `limit`, each of a unit or more. The reservations are locked in share:
    another may take lines of another SKU, only their order may not act.
    """
    return _lines(
        "line.sku = %s AND line.held > 0 AND r.status = 'held' AND r.expires_at <= %s AND r.order_id <> %s",
        [sku, instant_in(now), own], order=f"r.expires_at, r.order_id LIMIT {limit:d}",
        lock=_lock("SHARE OF r SKIP LOCKED"),
    )


def waiting_lines(sku: str, now: datetime) -> list[Line]:
    """All lines of a SKU (locked before) of the orders that wait for it to arrive, but not of those overdue.

    Placed orders first, then the oldest.
    """
    return _lines(
        "line.sku = %s AND (r.status <> 'held' OR r.expires_at > %s) AND line.order_id IN"
        " (SELECT order_id FROM inventory_reservationline WHERE sku = %s AND location = '' AND held > 0)",
        [sku, instant_in(now), sku],
        order="CASE r.status WHEN 'consumed' THEN 0 ELSE 1 END, r.created_at, r.order_id",
    )


def _lines(where: str, parameters: Sequence[Any], *, order: str, lock: str = "") -> list[Line]:
    rows = _rows(
        f"SELECT {_LINE} FROM inventory_reservationline line"  # noqa: S608
        f" JOIN inventory_reservation r ON r.order_id = line.order_id WHERE {where} ORDER BY {order}{lock}",
        parameters,
    )
    return [Line(*row) for row in rows]


def _stock_sql(where: str, *, tables: str = "", columns: str = "", joins: str = "") -> str:
    lock = _lock("NO KEY UPDATE OF i, l")
    return _STOCK.format(where=where, tables=tables, columns=columns, joins=joins, lock=lock)


def _stocks(rows: Iterable[Sequence[Any]]) -> dict[str, Stock]:
    stocks: dict[str, Stock] = {}
    for row in rows:
        if row[0] not in stocks:
            stocks[row[0]] = Stock(row[0], row[1], row[2], day(row[3]), row[4], row[5], row[6] is not None)
        stocks[row[0]].shelves[row[7]] = Shelf(*row[7:13])
    return stocks


def _lock(mode: str) -> str:
    return f" FOR {mode}" if vendor(MODULE) == "postgresql" else ""


def _among(column: str, values: Collection[str]) -> tuple[str, list[str]]:
    if not values:
        return "1 = 0", []
    return f"{column} IN ({', '.join(['%s'] * len(values))})", list(values)


def _rows(sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connections[MODULE].cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def instant_in(value: datetime) -> Any:
    """An instant as the driver takes it."""
    return adapted(MODULE, value)


def instant(value: Any) -> datetime:
    """An instant as the driver gave it: aware, in UTC. SQLite gives text, or a naive value."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def day_in(value: date | None) -> Any:
    """A date as the driver takes it."""
    return connections[MODULE].ops.adapt_datefield_value(value)


def day(value: Any) -> date | None:
    """A date as the driver gave it."""
    return date.fromisoformat(value) if isinstance(value, str) else value
