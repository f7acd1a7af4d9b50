"""Scheduled work: what nobody needs any more goes, in small batches."""

from datetime import datetime, timedelta

from django.db import connections

from modules.cart import store
from modules.cart.events import CartExpired
from modules.cart.limits import limits
from modules.cart.models import Tombstone
from storefront.database.instant import adapted
from storefront.events import publish
from storefront.schedule import every

BATCH = 200

_EXPIRED = """
SELECT id FROM cart_cart
WHERE expires_at <= %(now)s AND (completing_until IS NULL OR completing_until <= %(now)s)
ORDER BY expires_at LIMIT %(limit)s
"""
_DELETE_IDS = "DELETE FROM cart_cart WHERE id IN (SELECT id FROM expired) RETURNING id, completed_at"


@every(timedelta(minutes=10))
def expire_carts(now: datetime) -> int:
    """Delete carts after their time, never with a living claim. Abandoned ones are announced, bought ones not."""
    postgresql = connections[store.ALIAS].vendor == "postgresql"
    # A materialized CTE, so that LIMIT is applied once; a cart that somebody is editing waits for the next run.
    sql = f"WITH expired AS ({_EXPIRED} {'FOR UPDATE SKIP LOCKED' if postgresql else ''}) {_DELETE_IDS}"
    with connections[store.ALIAS].cursor() as cursor:
        cursor.execute(sql, {"now": adapted(store.ALIAS, now), "limit": BATCH})
        deleted = cursor.fetchall()
    if deleted:
        store.delete_lines([cart_id for cart_id, _ in deleted])
    for cart_id, completed_at in deleted:
        if completed_at is None:
            publish(CartExpired(cart_id=cart_id))
    return len(deleted)


@every(timedelta(hours=1))
def forget_tombstones(now: datetime) -> int:
    """Delete tombstones of claims whose freeze can come no more."""
    old = Tombstone.objects.filter(created_at__lt=now - limits().tombstones_kept).order_by("created_at")
    deleted, _ = Tombstone.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:BATCH])).delete()
    return deleted
