"""What movements prove, written anew: counters, lines, reservations. Each mend locks as commands do."""

from typing import Any, NamedTuple

from django.db import connections

from modules.inventory import store
from modules.inventory.domain import HOLD, TO_ARRIVE
from modules.inventory.holding import serve_waiting
from modules.inventory.ledger import Ledger
from modules.inventory.models import Level, Location, Reservation, ReservationLine
from modules.inventory.rebuild import recount_sku
from modules.inventory.store import MODULE, Owned
from storefront import clock
from storefront.audit import NotDerivable
from storefront.database.unit import unit_of_work

_PROVEN = """
SELECT COALESCE(SUM(allocated), 0), COALESCE(SUM(reserved), 0), COALESCE(SUM(backordered), 0),
       COALESCE(SUM(CASE kind WHEN 'shipped' THEN -on_hand ELSE 0 END), 0)
FROM inventory_movement WHERE order_id = %s
"""


class Proven(NamedTuple):
    """What the movements of an order add up to."""

    allocated: int
    reserved: int
    backordered: int
    shipped: int

    @property
    def held(self) -> int:
        """Units that are still counted somewhere for the order."""
        return self.allocated + self.reserved + self.backordered


def recount(sku: str) -> str:
    """Set the counters of a SKU to the sums of its movements."""
    with unit_of_work(MODULE) as unit:
        unit.now = clock.now()
        store.lock_stock([sku])
        recount_sku(sku)
    return "Its counters are the sums of its movements."


def open_level(sku: str, location: str) -> str:
    """Write a level that only its movements remember."""
    with unit_of_work(MODULE) as unit:
        unit.now = clock.now()
        if not Location.objects.filter(code=location).exists():
            raise NotDerivable(f"No location is called {location!r}: make it first.")
        Level.objects.get_or_create(item_id=sku, location_id=location)
        recount_sku(sku)
    return "It has a level, counted from its movements."


def rewrite_line(order_id: str, sku: str, location: str) -> str:
    """Set what a line holds and shipped to what its movements say."""
    with unit_of_work(MODULE) as unit:
        unit.now = clock.now()
        store.lock_order(order_id)
        store.lock_stock([sku])
        proven = _proven(order_id, sku, location)
        line = ReservationLine.objects.get(reservation_id=order_id, sku=sku, location=location)
        line.held, line.shipped = proven.held, proven.shipped
        line.quantity = max(line.quantity, proven.held + proven.shipped)
        line.save(update_fields=["held", "shipped", "quantity"])
    return f"It holds {proven.held} and shipped {proven.shipped}."


def write_line(order_id: str, sku: str, location: str) -> str:
    """Write a line that only its movements remember, with its reservation if need be."""
    with unit_of_work(MODULE) as unit:
        unit.now = clock.now()
        store.lock_order(order_id)
        store.lock_stock([sku])
        proven = _proven(order_id, sku, location)
        ReservationLine.objects.create(
            reservation_id=order_id, sku=sku, location=location, quantity=proven.held + proven.shipped,
            held=proven.held, shipped=proven.shipped,
        )
        if not Reservation.objects.filter(order_id=order_id).exists():
            _open(order_id)
    return f"It has a line that holds {proven.held}."


def open_reservation(order_id: str) -> str:
    """Write a reservation that only its lines and movements remember."""
    with unit_of_work(MODULE) as unit:
        unit.now = clock.now()
        return f"Its reservation is {_open(order_id)}."


def _open(order_id: str) -> str:
    proven, now = _proven(order_id), clock.now()
    if proven.allocated or proven.shipped:
        status = Reservation.Status.CONSUMED
    elif proven.backordered:
        raise NotDerivable("Whether the order that waits for these units was placed, only its buyer's order can say.")
    else:
        status = Reservation.Status.HELD if proven.reserved else Reservation.Status.RELEASED
    Reservation.objects.create(
        order_id=order_id, status=status, expires_at=now + HOLD, has_backorder=bool(proven.backordered), created_at=now
    )
    return str(status)


def give_back(order_id: str) -> str:
    """Put on sale again what a reservation that is over still holds."""
    with unit_of_work(MODULE) as unit:
        unit.now = clock.now()
        owned = store.lock_order(order_id)
        if owned is None or owned.status in ("held", "consumed"):
            raise NotDerivable("The reservation lives by now.")
        stocks, lines = store.lock_stock_of(order_id, Owned(owned.status, owned.expires_at, True))
        ledger = Ledger(stocks, now=unit.now, lines=lines)
        for line in lines:
            place = _proven(order_id, line.sku, line.location)
            line.status = "consumed" if place.allocated and line.location != TO_ARRIVE else "held"
            ledger.give_back(line)
        serve_waiting(ledger, stocks)
        ledger.close()
    return "What it held is on sale again."


def _proven(order_id: str, sku: str = "", location: str = "") -> Proven:
    sql, values = _PROVEN, [order_id]
    if sku:
        sql, values = f"{sql} AND sku = %s AND location = %s", [order_id, sku, location]
    with connections[MODULE].cursor() as cursor:
        cursor.execute(sql, values)
        row: tuple[Any, ...] = cursor.fetchone()
    return Proven(*map(int, row))
