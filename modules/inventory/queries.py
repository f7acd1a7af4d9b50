"""Inventory: the bodies of its queries."""

from typing import Any

from django.db import connections
from django.db.models import Q, Sum

from modules.inventory import store
from modules.inventory.domain import TO_ARRIVE, shown
from modules.inventory.interface import Availability, Holding, Level, Reservation
from modules.inventory.ledger import present
from modules.inventory.models import Reservation as ReservationRow
from storefront.interface import NotFound

MOST = 500
"""Holdings in one answer."""

_AVAILABILITY = """
SELECT i.sku, i.low_stock_threshold, i.backorder_limit, i.expected_date, i.backordered,
       COALESCE(SUM(l.on_hand - l.allocated - l.reserved), 0), i.sequence
FROM inventory_stockitem i LEFT JOIN inventory_level l ON l.sku = i.sku
WHERE i.sku IN ({marks}) GROUP BY i.sku ORDER BY i.sku
"""
_LEVELS = """
SELECT sku, location, on_hand, allocated, reserved, version FROM inventory_level
WHERE sku IN ({marks}) ORDER BY sku, location
"""


def availability(*, skus: tuple[str, ...]) -> tuple[Availability, ...]:
    """One statement; what overdue reservations hold counts as taken until it is swept or reclaimed."""
    return tuple([_available(*row) for row in _rows(_AVAILABILITY, skus)])


def _available(
    sku: str, threshold: int, limit: int, expected: Any, backordered: int, free: int, sequence: int
) -> Availability:
    found = shown(
        free=int(free), backordered=backordered, threshold=threshold, limit=limit, expected_date=store.day(expected)
    )
    return Availability(sku=sku, sequence=sequence, **found._asdict())


def levels(*, skus: tuple[str, ...]) -> tuple[Level, ...]:
    """By SKU and location."""
    return tuple([
        Level(sku=sku, location=location, on_hand=on_hand, allocated=allocated, reserved=reserved, version=version)
        for sku, location, on_hand, allocated, reserved, version in _rows(_LEVELS, skus)
    ])


def reservation(*, order_id: str) -> Reservation:
    """What is held or allocated, and not shipped yet."""
    row = ReservationRow.objects.filter(order_id=order_id, status__in=("held", "consumed")).first()
    if row is None:
        raise NotFound(kind="reservation", id=order_id)
    return present(order_id, row.expires_at)


def holdings(*, after: str, limit: int) -> tuple[Holding, ...]:
    """Reservations that are held or consumed."""
    rows = ReservationRow.objects.filter(order_id__gt=after, status__in=("held", "consumed")).order_by("order_id")
    to_arrive = Sum("lines__held", filter=Q(lines__location=TO_ARRIVE), default=0)
    counted = rows.annotate(units=Sum("lines__held", default=0), to_arrive=to_arrive)
    return tuple([
        Holding(
            order_id=row.order_id, status="held" if row.status == "held" else "consumed", expires_at=row.expires_at,
            units=row.units, to_arrive=row.to_arrive,
        )
        for row in counted[: max(0, min(limit, MOST))]
    ])


def _rows(sql: str, skus: tuple[str, ...]) -> list[tuple[Any, ...]]:
    if not skus:
        return []
    with connections[store.MODULE].cursor() as cursor:
        cursor.execute(sql.format(marks=", ".join(["%s"] * len(skus))), skus)
        return list(cursor.fetchall())
