"""What is known of an order's money: the one writer of `payment_status`, which follows from the amounts."""

from datetime import datetime
from typing import Any

from modules.checkout.orders import ALIAS
from storefront.database.instant import adapted
from storefront.database.unit import vendor
from storefront.database.writing import carry_out

_CAPTURED = "{greatest}(captured_minor, %(captured)s)"
_REFUNDED = "{greatest}(refunded_minor, %(refunded)s)"
_CHANGE = f"""
UPDATE checkout_order SET version = version + 1, captured_minor = {_CAPTURED}, refunded_minor = {_REFUNDED},
  payment_status = CASE
    WHEN {_REFUNDED} >= 1 AND {_REFUNDED} >= {_CAPTURED} THEN 'refunded'
    WHEN {_REFUNDED} >= 1 THEN 'partially_refunded'
    WHEN {_CAPTURED} >= total_minor THEN 'paid'
    WHEN {_CAPTURED} >= 1 THEN 'partially_paid'
    ELSE payment_status END
WHERE id = %(order)s
"""  # noqa: S608
_ENTRY = """
INSERT INTO checkout_timelineentry (order_id, at, kind, detail)
SELECT id, %(at)s, %(kind)s, %(detail)s FROM {changed}
"""


def note(
    order_id: str, kind: str, *, now: datetime, detail: str, captured_minor: int = 0, refunded_minor: int = 0
) -> None:
    """Raise what was captured or refunded so far, in minor units, and add to the timeline; one statement on PostgreSQL.

    Amounts never fall, so facts may be heard late, twice and in any order.
    """
    values: dict[str, Any] = {
        "order": order_id, "captured": captured_minor, "refunded": refunded_minor, "kind": kind, "detail": detail[:300],
        "at": adapted(ALIAS, now),
    }
    if vendor(ALIAS) == "postgresql":
        change = _CHANGE.format(greatest="GREATEST")
        carry_out(ALIAS, (f"WITH changed AS ({change} RETURNING id) {_ENTRY.format(changed='changed')}", values))
    elif carry_out(ALIAS, (_CHANGE.format(greatest="MAX"), values)):
        carry_out(ALIAS, (_ENTRY.format(changed="checkout_order WHERE id = %(order)s"), values))
