"""Leases are held by processes of the old place, which can write no more: whoever asks next takes over at once."""

from collections.abc import Sequence

from storefront import clock
from storefront.database.tables import CallKey, Delivery, SagaRow
from storefront.relocation.store import Store
from storefront.relocation.table import Table

LEASES = {
    CallKey: ("claimed_until", "answer IS NULL"),
    Delivery: ("lease_until", "NOT is_dead"),
    SagaRow: ("lease_until", "next_at IS NOT NULL"),
}


def void_leases(store: Store, tables: Sequence[Table]) -> None:
    """End the leases that run on."""
    now = clock.now()
    for table in tables:
        for kept, (column, rule) in LEASES.items():
            if table.name.endswith(f"_{kept.__name__.lower()}"):
                kind = next(each.kind for each in table.columns if each.name == column)
                instant = kind.to_sqlite(now) if store.vendor == "sqlite" else now
                store.execute(
                    f"UPDATE {table.name} SET {column} = %s WHERE {column} > %s AND {rule}",  # noqa: S608
                    instant, instant,
                )
