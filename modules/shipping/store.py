"""Shipments as rows: one statement for a change and its line of history where the database allows it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from django.db import connections

from modules.shipping.carriers import find_carrier
from modules.shipping.interface import ShipmentView, ShippedItem
from storefront.database.instant import adapted, aware

COLUMNS = (
    "id", "order_id", "status", "tracking_status", "carrier", "service", "tracking_number", "items", "version",
    "dispatched_at", "delivered_at",
)
_RETURNED = ", ".join(COLUMNS)
_NOTE = "INSERT INTO shipping_shipmentevent (shipment_id, kind, tracking_status, note, occurred_at, recorded_at)"
_COMPOSITE = f"""
WITH changed AS ({{change}} RETURNING {_RETURNED}),
    noted AS ({_NOTE} SELECT id, %s, %s, %s, %s::timestamptz, %s::timestamptz FROM changed)
SELECT {_RETURNED} FROM changed
"""  # noqa: S608  # of constants

_items = msgspec.json.Decoder(tuple[ShippedItem, ...])


class Note(NamedTuple):
    """A line of history that goes with a change."""

    kind: str
    at: datetime
    tracking_status: str = ""


def change(sql: str, values: Sequence[Any], *, note: Note) -> dict[str, Any] | None:
    """Run an INSERT or UPDATE of one shipment and note it if it took place; returns its row, or None.

    sql: without RETURNING; instants in `values` are adapted. PostgreSQL: one statement; SQLite: two.
    """
    connection = connections["shipping"]
    given = [adapted("shipping", value) if isinstance(value, datetime) else value for value in values]
    at = adapted("shipping", note.at)
    line = [note.kind, note.tracking_status, "", at, at]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_COMPOSITE.format(change=sql), [*given, *line])
            return _named(cursor.fetchone())
        cursor.execute(f"{sql} RETURNING {_RETURNED}", given)
        row = _named(cursor.fetchone())
        if row:
            cursor.execute(f"{_NOTE} VALUES (%s, %s, %s, %s, %s, %s)", [row["id"], *line])
        return row


def _named(row: tuple[Any, ...] | None) -> dict[str, Any] | None:
    return dict(zip(COLUMNS, row, strict=True)) if row else None


def view(row: dict[str, Any]) -> ShipmentView:
    """A row, from raw SQL or from the ORM, as other modules see it."""
    carrier = find_carrier(row["carrier"])
    number = row["tracking_number"]
    return ShipmentView(
        id=row["id"], order_id=row["order_id"], status=row["status"], tracking_status=row["tracking_status"],
        carrier=row["carrier"], service=row["service"], tracking_number=number,
        tracking_url=carrier.tracking_url(number) if carrier and number else "", items=_items.decode(row["items"]),
        version=row["version"], dispatched_at=_instant(row["dispatched_at"]),
        delivered_at=_instant(row["delivered_at"]),
    )


def _instant(stored: Any) -> datetime | None:
    return None if stored is None else aware(stored)
