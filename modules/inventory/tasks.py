"""Inventory: scheduled work."""

from datetime import datetime, timedelta

from django.db import connections
from django.db.models import Exists, OuterRef

from modules.inventory import store
from modules.inventory.events import ReservationExpired
from modules.inventory.holding import serve_waiting
from modules.inventory.ledger import Ledger
from modules.inventory.models import Reservation, ReservationLine
from modules.inventory.store import Owned
from storefront import clock
from storefront.database.unit import vendor
from storefront.events import publish
from storefront.schedule import every

BATCH = 100
OVER_KEPT = timedelta(days=90)


@every(timedelta(minutes=1))
def expire_reservations(now: datetime) -> int:
    """Put on sale again what overdue reservations hold, a batch at a time. Returns how many have expired."""
    now = _database_now(now)
    overdue = store.overdue_orders(now, limit=BATCH)
    if not overdue:
        return 0
    stocks = store.lock_stock(store.skus_of(overdue))
    seized = store.seize_overdue(overdue, now)
    ledger = Ledger(stocks, now=now, lines=store.lines_of(seized))
    for line in list(ledger.lines.values()):
        ledger.give_back(line, kind="expired")
    for order_id, owned in seized.items():
        ledger.settled[order_id] = Owned("expired", owned.expires_at, owned.has_backorder)
        publish(ReservationExpired(order_id=order_id))
    serve_waiting(ledger, stocks)
    ledger.close()
    return len(seized)


def _database_now(now: datetime) -> datetime:
    """The clock that reservations were made by: another machine's may be ahead of it."""
    if vendor(store.MODULE) != "postgresql":
        return now
    with connections[store.MODULE].cursor() as cursor:
        cursor.execute("SELECT clock_timestamp() + make_interval(secs => %s)", [clock.offset_seconds()])
        return store.instant(cursor.fetchone()[0])


@every(timedelta(minutes=10))
def forget_reservations(now: datetime) -> int:
    """Delete what was held once and given back, or expired, long ago; nothing can come of it any more."""
    over = Reservation.objects.filter(status__in=("released", "expired"), created_at__lt=now - OVER_KEPT)
    holding = ReservationLine.objects.filter(reservation=OuterRef("order_id"), held__gt=0)
    ids = list(over.exclude(Exists(holding)).order_by("created_at").values_list("pk", flat=True)[:BATCH])
    ReservationLine.objects.filter(reservation_id__in=ids).delete()
    return Reservation.objects.filter(pk__in=ids).delete()[0]
